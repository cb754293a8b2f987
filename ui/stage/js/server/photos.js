/**
 * The photos of the document that is open: its first one, and each depth map and clean plate that it was given since, by
 * their ids. The server forgets photos; what it has forgotten is sent again, and nobody notices.
 */

/** @import { Ground } from "../model/world.js" */
/** @import { Host } from "./host.js" */
/** @typedef {{id: string, guessed: boolean, ground: Ground | null, photo: string, disparity: string, instances: string | null, pickable: boolean, project: string}} Pictures */
/** @typedef {Partial<Pictures> & {error?: string, forgotten?: boolean}} Answer */

export class Photos {
  /** @param {Host} host */
  constructor(host) {
    this.host = host;
    /** @type {Map<string, Pictures>} */
    this.pictures = new Map();
    /** @type {Map<string, Promise<Blob | undefined>>} project files without anyone's work */
    this.projects = new Map();
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

  /** Ask the server about a photo; one that it has forgotten is sent and the question asked again. @param {"segment" | "outline" | "trace" | "tracks" | "prepare" | "ground" | "know"} name @param {{scene_id?: string, [more: string]: unknown}} request @returns {Promise<any>} */
  async ask(name, request) {
    const answer = await this.host[name](request);
    return answer.forgotten && (await this.send(request.scene_id ?? "")) ? this.host[name](request) : answer;
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
