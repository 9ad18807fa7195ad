// @ts-check
/** Short quiet tones for what happens while one looks elsewhere. Made on the spot; nothing is loaded. */

/** Frequencies in hertz, played one after the other. @type {Record<string, number[]>} */
const TONES = { join: [523, 784], leave: [784, 523], chat: [880], hand: [659, 659] };
/** Seconds. */
const LENGTH = 0.11;
const LOUDNESS = 0.05;

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

/** @param {AudioContext} audio @param {number} frequency @param {number} start */
function tone(audio, frequency, start) {
  const oscillator = audio.createOscillator();
  const gain = audio.createGain();
  oscillator.frequency.value = frequency;
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(LOUDNESS, start + 0.015);
  gain.gain.exponentialRampToValueAtTime(0.0001, start + LENGTH * 1.6);
  oscillator.connect(gain).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + LENGTH * 1.7);
}
