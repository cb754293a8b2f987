() => {
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (!file) return;
    event.preventDefault();
    const stage = window.levitorStage;
    if (stage) void stage.openPhoto(file);
  });
}
