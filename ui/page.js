() => {
  const choose = (selector, file) => {
    const input = document.querySelector(selector);
    if (!input) return false;
    const files = new DataTransfer();
    files.items.add(file);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  };
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    if (choose("#drop input[type=file]", file) || choose("input[type=file]:has(+ #new-photo)", file)) event.preventDefault();
  });
}
