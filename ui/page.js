() => {
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    void window.levitorStage?.openPhoto(file);
  });
}
