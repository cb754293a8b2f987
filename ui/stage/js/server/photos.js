/**
 * The photos of the document that is open: its first one, and each depth map and clean plate that it was given since, by
 * their ids. The server forgets photos; what it has forgotten is sent again, and nobody notices.
 */

/** @import { Ground } from "../model/world.js" */
/** @import { Host } from "./host.js" */
/** @typedef {{id: string, guessed: boolean, ground: Ground | null, photo: string, disparity: string, instances: string | null, pickable: boolean, project: string}} Pictures */
/** @typedef {"segment" | "outline" | "trace" | "tracks" | "prepare" | "ground" | "know"} Asked */
/** @typedef {Partial<Pictures> & {error?: string, forgotten?: boolean}} Answer */

const WAITS_MS = [0, 300, 700, 1500, 3000, 6000]; // before each time that it is asked
const SILENT = "The server does not answer; trying again…";

export class Photos {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    /** @type {Map<string, Pictures>} */
    this.pictures = new Map();
    /** @type {Map<string, Promise<Blob | undefined>>} project files without anyone's work */
    this.projects = new Map();
    /** @type {(words: string) => void} what to say while the server does not answer, nothing where it does */
    this.onSilence = () => {};
  }

  /** Another document: its photos are its own. */
  clear() {
    this.pictures.clear();
    this.projects.clear();
  }

  /** @param {Pictures} pictures */
  add(pictures) {
    this.pictures.set(pictures.id, pictures);
    if (pictures.project) this.projects.set(pictures.id, blobAt(this.host.resolve(pictures.project)));
  }

  /** Automatic masks, which are the same whatever the depth. @param {Pick<Pictures, "instances" | "pickable">} found */
  addInstances({ instances, pickable }) {
    for (const pictures of this.pictures.values()) Object.assign(pictures, { instances, pickable });
  }

  /** Ask the server about a photo; one that it has forgotten is sent and the question asked again. @param {Asked} name @param {{scene_id?: string, [more: string]: unknown}} request @returns {Promise<any>} */
  async ask(name, request) {
    const answer = await this.reach(name, request);
    return answer.forgotten && (await this.send(request.scene_id ?? "")) ? this.reach(name, request) : answer;
  }

  /** Gradio hands out nothing where the server cannot be reached: what was asked waits until it can be. @param {Asked} name @param {object} request @returns {Promise<any>} */
  async reach(name, request) {
    for (const wait of WAITS_MS) {
      if (wait) await new Promise((resolve) => setTimeout(resolve, wait));
      const answer = await this.host[name](request);
      if (answer) return this.onSilence(""), answer;
      this.onSilence(SILENT);
    }
    this.onSilence("");
    throw new Error("The server cannot be reached; what you did is kept in this browser. Try again in a moment.");
  }

  /** Send a photo, and take the pictures that the server makes of it. @param {string} id */
  async send(id) {
    const { host } = this;
    const project = await this.projects.get(id);
    if (!project || !host.upload || !host.remember) return false;
    const answer = /** @type {Answer} */ (await host.remember(await host.upload(asFile(project))));
    if (answer.error) throw new Error(answer.error);
    this.pictures.set(id, /** @type {Pictures} */ ({ ...answer, id }));
    return true;
  }
}

/** @param {Blob} project */
export function asFile(project) {
  return new File([project], "work.levitor");
}

/** @param {string} url @returns {Promise<Blob | undefined>} nothing when it cannot be had */
async function blobAt(url) {
  const answer = await fetch(url).catch(() => undefined);
  return answer?.ok ? answer.blob() : undefined;
}
