/**
 * Nothing is lost by a reload: the photo (as a project file the server wrote) and the document, in IndexedDB, one
 * entry per browser tab so that tabs never mix.
 */

/** @typedef {{tab: string, when: number, sceneId: string, project: Blob, document: object | null}} Kept */

const DATABASE = "levitor";
const STORE = "work";
const KEEP = 4;

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "tab" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** @template T @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} act @returns {Promise<T>} */
async function transact(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const request = act(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  } finally {
    database.close();
  }
}

/** This tab's name; it survives a reload but not a new tab. */
export function tabName() {
  const known = sessionStorage.getItem("levitor-tab");
  const name = known ?? `t${Date.now().toString(36)}${Math.random().toString(36).slice(2, 8)}`;
  sessionStorage.setItem("levitor-tab", name);
  return name;
}

/** The photo with the document as it stands, at once, so that no reload falls between them. @param {string} sceneId @param {Blob} project @param {object} document */
export async function keepScene(sceneId, project, document) {
  const tab = tabName();
  await transact("readwrite", (store) => store.put({ tab, when: Date.now(), sceneId, project, document }));
  const all = /** @type {Kept[]} */ (await transact("readonly", (store) => store.getAll()));
  const old = all.filter((entry) => entry.tab !== tab).sort((a, b) => b.when - a.when).slice(KEEP - 1);
  for (const entry of old) await transact("readwrite", (store) => store.delete(entry.tab));
}

/** @param {string} sceneId @param {object} document */
export async function keepDocument(sceneId, document) {
  const known = await load();
  if (known?.sceneId !== sceneId) return;
  await transact("readwrite", (store) => store.put({ ...known, when: Date.now(), document }));
}

/** This tab's work. @returns {Promise<Kept | undefined>} */
export async function load() {
  return /** @type {Promise<Kept | undefined>} */ (transact("readonly", (store) => store.get(tabName())));
}

/** The newest work of any tab, for a new one to continue. @returns {Promise<Kept | undefined>} */
export async function newest() {
  const all = /** @type {Kept[]} */ (await transact("readonly", (store) => store.getAll()));
  return all.sort((a, b) => b.when - a.when)[0];
}

/** @param {Blob} blob @returns {Promise<string>} base64 */
export function toBase64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
