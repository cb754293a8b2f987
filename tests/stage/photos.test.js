import assert from "node:assert/strict";
import { test } from "node:test";
import { Photos } from "../../ui/stage/js/server/photos.js";

test("what is asked while the server cannot be reached is asked again until it can, and the person is told", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  for (const silent of [0, 2, 99]) {
    let asked = 0;
    const said = [];
    const photos = new Photos({ segment: async () => (asked++ < silent ? undefined : { candidates: [] }) });
    photos.onSilence = (words) => said.push(words);
    const done = photos.ask("segment", { scene_id: "s" }).then(() => "", (error) => error.message);
    for (let i = 0; i < 40; i++) {
      await null;
      context.mock.timers.tick(10_000);
    }
    const error = await done;
    assert.equal(asked, silent === 99 ? 6 : silent + 1);
    assert.match(error, silent === 99 ? /cannot be reached/ : /^$/);
    assert.ok(silent === 0 ? said.every((words) => !words) : said[0].includes("does not answer"));
    assert.equal(said[said.length - 1], "");
  }
});
