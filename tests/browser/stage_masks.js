// Draws the stage's live picture with every object in one pure colour and reads back which pixel shows which object:
// a frame is a text, row by row, 0 where there is none, 1 for the first.
async (frames) => {
  const { app, picture } = stage;
  const [h, w] = app.doc.size_hw;
  const kept = [app.world.photo, app.world.background];
  app.world.photo = app.world.background = await createImageBitmap(new ImageData(w, h));
  const sprite = ({ object }) => picture.sprites.of(app.world, object, object.feather);
  app.doc.objects.forEach((object, i) => {
    const { data } = sprite({ object }).image;
    for (let j = 0; j < data.length; j += 4) data.set([0, 1, 2].map((channel) => (channel === i ? 255 : 0)), j);
  });
  const answers = [];
  for (let f = 0; f < frames; f++) {
    const frame = picture.frame(f / (frames - 1));
    const place = { scale: 1, tx: 0, ty: 0, width: w, height: h, ratio: 1 };
    picture.renderer.draw({ doc: app.doc, world: app.world, frame, sprite, depthView: false, ...place });
    const pixels = new Uint8Array(w * h * 4);
    picture.renderer.gl.readPixels(0, 0, w, h, picture.renderer.gl.RGBA, picture.renderer.gl.UNSIGNED_BYTE, pixels);
    const digits = new Uint8Array(w * h);
    for (let i = 0; i < w * h; i++) {
      const at = ((h - 1 - Math.floor(i / w)) * w + (i % w)) * 4;
      digits[i] = 49 + (pixels[at] > 127 ? 0 : pixels[at + 1] > 127 ? 1 : pixels[at + 2] > 127 ? 2 : -1);
    }
    answers.push(new TextDecoder().decode(digits));
  }
  [app.world.photo, app.world.background] = kept;
  app.invalidate();
  return answers;
}
