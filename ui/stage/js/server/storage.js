/**
 * Nothing is lost by a reload: the photo (as a project file the server wrote) and the document, in IndexedDB, one
 * entry per browser tab so that tabs never mix.
 */

/** @typedef {{tab: string, sceneId: string, project: Blob}} KeptPhoto */
/** @typedef {{tab: string, sceneId: string, when: number, document: object}} KeptDocument */
/** @typedef {{sceneId: string, project: Blob, document: object}} KeptWork */

const DATABASE = "levitor";
const VERSION = 2;
const PHOTOS = "photos";
const DOCUMENTS = "documents";
const KEEP = 4;
const RESCUED = "levitor-rescued";

/** @returns {Promise<IDBDatabase>} */
function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      const { result } = request;
      for (const old of result.objectStoreNames) result.deleteObjectStore(old);
      for (const store of [PHOTOS, DOCUMENTS]) result.createObjectStore(store, { keyPath: "tab" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("another tab holds an older page open"));
  });
}

/** All of it or nothing. @template T @param {IDBTransactionMode} mode @param {(photos: IDBObjectStore, documents: IDBObjectStore) => Promise<T>} act @returns {Promise<T>} */
async function transact(mode, act) {
  const database = await open();
  try {
    const transaction = database.transaction([PHOTOS, DOCUMENTS], mode);
    const done = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
    const [result] = await Promise.all([act(transaction.objectStore(PHOTOS), transaction.objectStore(DOCUMENTS)), done]);
    return result;
  } finally {
    database.close();
  }
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

const FRESH = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** This tab's name, which nobody can guess; it survives a reload, where the browser keeps anything, but not a new tab. */
export function tabName() {
  try {
    const name = sessionStorage.getItem("levitor-tab") ?? FRESH;
    sessionStorage.setItem("levitor-tab", name);
    return name;
  } catch {
    return FRESH;
  }
}

/** The photo with the document as it stands; the oldest work of other tabs goes. @param {string} sceneId @param {Blob} project @param {object} document */
export function keepScene(sceneId, project, document) {
  const tab = tabName();
  return transact("readwrite", async (photos, documents) => {
    photos.put({ tab, sceneId, project });
    documents.put({ tab, sceneId, when: Date.now(), document });
    for (const { tab: old } of (await newestFirst(documents)).slice(KEEP)) {
      photos.delete(old);
      documents.delete(old);
    }
    sessionStorage.removeItem(RESCUED);
  });
}

/** The document alone, of the photo that is kept. @param {string} sceneId @param {object} document */
export function keepDocument(sceneId, document) {
  return transact("readwrite", async (_, documents) => {
    documents.put({ tab: tabName(), sceneId, when: Date.now(), document });
    sessionStorage.removeItem(RESCUED);
  });
}

/** The document of a page that goes before it could be kept: a database answers too late for that. @param {string} sceneId @param {object} document */
export function rescue(sceneId, document) {
  try {
    sessionStorage.setItem(RESCUED, JSON.stringify({ sceneId, document }));
  } catch {
    // too large: what was kept last stands
  }
}

/** This tab's work. @returns {Promise<KeptWork | undefined>} */
export async function load() {
  const kept = await transact("readonly", (photos, documents) => join(photos, documents, tabName()));
  const rescued = JSON.parse(sessionStorage.getItem(RESCUED) ?? "null");
  return kept && rescued?.sceneId === kept.sceneId ? { ...kept, document: rescued.document } : kept;
}

/** The newest work of any tab, for a new one to continue. @returns {Promise<KeptWork | undefined>} */
export function newest() {
  return transact("readonly", async (photos, documents) => {
    const [first] = await newestFirst(documents);
    return first && join(photos, documents, first.tab);
  });
}

/** @param {IDBObjectStore} documents @returns {Promise<KeptDocument[]>} */
async function newestFirst(documents) {
  const all = /** @type {KeptDocument[]} */ (await answer(documents.getAll()));
  return all.sort((a, b) => b.when - a.when);
}

/** @param {IDBObjectStore} photos @param {IDBObjectStore} documents @param {string} tab @returns {Promise<KeptWork | undefined>} */
async function join(photos, documents, tab) {
  const photo = /** @type {KeptPhoto | undefined} */ (await answer(photos.get(tab)));
  const kept = /** @type {KeptDocument | undefined} */ (await answer(documents.get(tab)));
  return photo && kept && photo.sceneId === kept.sceneId ? { ...photo, document: kept.document } : undefined;
}
