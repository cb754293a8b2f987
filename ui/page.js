() => {
  const closeStatus = (within) => {
    for (const open of document.querySelectorAll("#status details[open]")) if (!open.contains(within)) open.open = false;
  };
  document.addEventListener("pointerdown", ({ target }) => closeStatus(target), true);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && closeStatus(null), true);
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    void window.levitorStage?.openPhoto(file);
  });
}
