// @ts-check
/** Short quiet tones for what happens while one looks elsewhere. Made on the spot; nothing is loaded. */

/** Frequencies in hertz, played one after the other. @type {Record<string, number[]>} */
const TONES = { join: [523, 784], leave: [784, 523], chat: [880], hand: [659, 659] };
/** Seconds. */
const LENGTH = 0.11;
const LOUDNESS = 0.05;
/** To be heard across a room. */
const TEST = [523, 659, 784];
const TEST_LOUDNESS = 0.2;

/** @type {AudioContext | null} */
let context = null;

/** @param {keyof typeof TONES} name */
export function play(name) {
  try {
    context ??= new AudioContext();
    if (context.state !== 'running') void context.resume();
    let start = context.currentTime + 0.01;
    for (const frequency of TONES[name]) {
      tone(context, frequency, start);
      start += LENGTH;
    }
  } catch {
    // no sound is no reason to stop
  }
}

/** @param {AudioContext} audio @param {number} frequency @param {number} start @param {number} [loudness] */
function tone(audio, frequency, start, loudness = LOUDNESS) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(loudness, start + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH * 1.6);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + LENGTH * 1.7);
}

/**
 * A few clear tones by a given speaker. Rejects when they cannot be played there.
 * @param {string} speaker  id of the device, '' for the default
 */
export async function playTest(speaker) {
  const audio = new AudioContext();
  try {
    if (speaker && 'setSinkId' in audio) await /** @type {any} */ (audio).setSinkId(speaker);
    await audio.resume();
    let start = audio.currentTime + 0.05;
    for (const frequency of TEST) {
      tone(audio, frequency, start, TEST_LOUDNESS);
      start += 2.5 * LENGTH;
    }
    await new Promise((resolve) => setTimeout(resolve, (start - audio.currentTime + LENGTH) * 1000));
  } finally {
    await audio.close();
  }
}
