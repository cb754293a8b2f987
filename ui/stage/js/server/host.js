/** What stands outside the stage and is asked by it (PROTOCOL.md): Gradio's page, or a test's. */

/**
 * @typedef {object} Host
 * @property {(request: object) => Promise<any>} segment
 * @property {(request: object) => Promise<any>} outline
 * @property {(request: object) => Promise<any>} trace
 * @property {(request: object) => Promise<any>} tracks
 * @property {(request: object) => Promise<any>} prepare
 * @property {(request: object) => Promise<any>} ground
 * @property {(request: object) => Promise<any>} know
 * @property {(request: object) => Promise<any>} [remember]
 * @property {(file: File) => Promise<{path: string}>} [upload]
 * @property {(name: string, data: object) => void} emit an event for the server
 * @property {(url: string) => string} resolve an address of the server's, as this page reaches it
 */

/** @param {unknown} error */
export function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}
