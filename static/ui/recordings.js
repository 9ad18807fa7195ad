// @ts-check
/** Opens the page of the group's recordings in another tab, signed in as in the room where that is possible. */
import { authorization } from '../base/basic.js';
import { openSession, recordingsPage } from '../base/recording-session.js';
import { joinFields } from '../protocol/index.js';

/** @param {import('./context.js').App} app */
export async function openRecordings({ config, room }) {
  const tab = window.open('', '_blank'); // at once: later it would be taken for an advertisement
  if (!tab) return;
  const base = new URL(config.base, document.baseURI).href;
  try {
    const shown = authorization(await joinFields(room.credentials));
    await openSession(base, room.group, shown, ask, tab.sessionStorage);
  } catch {
    // the page asks
  }
  tab.opener = null;
  tab.location.replace(recordingsPage(base, room.group));
}

/** @param {string} url @param {RequestInit} init */
async function ask(url, init) {
  const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(PATIENCE_MS) });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer;
}

/** Milliseconds after which the page asks for itself. */
const PATIENCE_MS = 5000;
