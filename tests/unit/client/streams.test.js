import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { encodings, LOW_RATE } from '../../../static/protocol/encodings.js';
import { Meter } from '../../../static/protocol/stats.js';
import { FakePeer, FakeTrack, fakeLink, settle } from './fakes.js';

const { lastingPart } = await import('../../../static/protocol/ids.js');
const { Streams } = await import('../../../static/protocol/streams.js');
const made = [];
afterEach(() => made.splice(0).forEach((streams) => streams.dropAll()));

function streams() {
  const link = fakeLink();
  const result = new Streams(link);
  made.push(result);
  return { streams: result, link, sent: (type) => link.sent.filter((message) => message.type === type) };
}

const peer = () => FakePeer.all.at(-1);
const audio = () => new FakeTrack('audio');
const video = () => new FakeTrack('video');

test('publishing offers once, however many tracks there are', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio(), video: video() });
  await settle();
  assert.equal(sent('offer').length, 1);
  assert.equal(sent('offer')[0].id, up.id);
  assert.equal(sent('offer')[0].label, 'camera');
});

test('what changes while an offer is open is offered after the answer', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio() });
  await settle();
  await up.setTrack('video', video());
  up.restart();
  await settle();
  assert.equal(sent('offer').length, 1);
  s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
  await settle();
  assert.equal(sent('offer').length, 2);
  s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
  await settle();
  assert.equal(sent('offer').length, 2);
});

test('exchanging or taking away a track needs no negotiation', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', video: video() });
  await settle();
  const other = video();
  await up.setTrack('video', other);
  assert.equal(up.track('video'), other);
  await up.setTrack('video', null);
  assert.equal(up.track('video'), null);
  assert.equal(sent('offer').length, 1);
});

test('a kind that the server refused is not sent later', async () => {
  const { streams: s } = streams();
  const up = s.publish({ label: 'camera', video: video() });
  await settle();
  peer().transceivers[0].stop();
  await up.setTrack('video', video());
  assert.equal(up.closed, false);
});

test('candidates wait for the description of the other side, and ours for our offer', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio() });
  peer().onicecandidate({ candidate: { toJSON: () => ({ candidate: 'a' }) } });
  assert.equal(sent('ice').length, 0);
  await settle();
  assert.equal(sent('ice').length, 1);
  s.receive({ type: 'ice', id: up.id, candidate: { candidate: 'b' } });
  assert.equal(peer().candidates.length, 0);
  s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
  await settle();
  assert.deepEqual(peer().candidates, [{ candidate: 'b' }]);
});

test('a replacement names the stream it replaces, which ends without a word', async () => {
  const { streams: s, sent } = streams();
  const first = s.publish({ label: 'camera', audio: audio() });
  await settle();
  const second = s.publish({ label: 'camera', audio: audio(), replace: first.id });
  await settle();
  assert.equal(first.closed, true);
  assert.equal(sent('offer')[1].replace, first.id);
  assert.equal(sent('close').length, 0);
  second.restart();
  s.receive({ type: 'answer', id: second.id, sdp: 'v=0' });
  await settle();
  assert.equal(sent('offer')[2].replace, undefined);
});

test('a stream that is sent anew can be known by the first part of its id', () => {
  const { streams: s } = streams();
  const [one, again, other] = ['a1', 'a1', undefined].map((lasting) => s.publish({ label: 'screenshare', lasting }).id);
  assert.notEqual(one, again);
  assert.deepEqual([one, again, other].map(lastingPart), ['a1', 'a1', '']);
});

test('an abort closes the stream and is answered; an answer that cannot be used closes it too', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio() });
  let why;
  up.on('close', (event) => (why = event));
  s.receive({ type: 'abort', id: up.id, value: 'no' });
  assert.deepEqual(why, { reason: 'no', aborted: true });
  assert.deepEqual(
    sent('close').map(({ id }) => id),
    [up.id],
  );
  const other = s.publish({ label: 'camera', audio: audio() });
  await settle();
  s.receive({ type: 'answer', id: other.id, sdp: 'bad' });
  await settle();
  assert.equal(other.closed, true);
  assert.equal(s.up.size, 0);
});

test('renegotiate restarts ICE', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio() });
  await settle();
  s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
  await settle();
  s.receive({ type: 'renegotiate', id: up.id });
  await settle();
  assert.equal(peer().restarts, 1);
  assert.equal(sent('offer').length, 2);
});

test('restarts that come together are one', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio() });
  const answer = async () => {
    s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
    await settle();
  };
  await settle();
  await answer();
  up.restart();
  s.receive({ type: 'renegotiate', id: up.id });
  await settle();
  s.receive({ type: 'renegotiate', id: up.id }); // it crossed our offer
  await answer();
  assert.equal(peer().restarts, 1);
  assert.equal(sent('offer').length, 2);
  up.restart();
  await settle();
  assert.equal(peer().restarts, 2);
  assert.equal(sent('offer').length, 3);
});

test('a restart wanted after the answer to the last one is another one', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio() });
  await settle();
  up.restart(); // not in the offer that is open
  s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
  await settle();
  assert.equal(sent('offer').length, 2);
  s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
  s.receive({ type: 'renegotiate', id: up.id });
  await settle();
  assert.equal(peer().restarts, 2);
  assert.equal(sent('offer').length, 3);
});

test('failed ICE is restarted: upstream by an offer, downstream by asking for one', async () => {
  const { streams: s, sent } = streams();
  const up = s.publish({ label: 'camera', audio: audio() });
  await settle();
  s.receive({ type: 'answer', id: up.id, sdp: 'v=0' });
  await settle();
  peer().state('failed');
  await new Promise((resolve) => setTimeout(resolve, 5));
  await settle();
  assert.equal(sent('offer').length, 2);
  assert.equal(up.status, 'unreachable');
  s.receive({ type: 'offer', id: 'd', label: 'camera', sdp: 'v=0' });
  await settle();
  peer().state('connected');
  peer().state('failed');
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(sent('renegotiate').length, 1);
  assert.equal(s.down.get('d').status, 'interrupted');
});

test('offers are answered in order, on one peer connection per stream', async () => {
  const { streams: s, sent } = streams();
  const count = FakePeer.all.length;
  s.receive({ type: 'offer', id: 'd', label: 'camera', source: 'x', sdp: 'one' });
  s.receive({ type: 'offer', id: 'd', label: 'camera', source: 'x', sdp: 'two' });
  await settle();
  assert.equal(FakePeer.all.length, count + 1);
  assert.deepEqual(
    sent('answer').map(({ sdp }) => sdp),
    ['answer 1', 'answer 2'],
  );
});

test('a replaced stream hands its local id on; listeners know that another follows', async () => {
  const { streams: s } = streams();
  s.receive({ type: 'offer', id: 'a', label: 'camera', sdp: 'v=0' });
  const old = s.down.get('a');
  let replaced;
  old.on('close', (event) => (replaced = event.replaced));
  s.receive({ type: 'offer', id: 'b', label: 'camera', sdp: 'v=0', replace: 'a' });
  assert.equal(replaced, true);
  assert.equal(s.down.get('b').localId, old.localId);
  assert.equal(s.down.has('a'), false);
  s.receive({ type: 'close', id: 'b' });
  assert.equal(s.down.size, 0);
});

test('an offer that cannot be used is aborted; so is one with the id of an own stream', async () => {
  const { streams: s, sent } = streams();
  s.receive({ type: 'offer', id: 'd', label: 'camera', sdp: 'bad' });
  await settle();
  assert.deepEqual(
    sent('abort').map(({ id }) => id),
    ['d'],
  );
  const up = s.publish({ label: 'camera', audio: audio() });
  s.receive({ type: 'offer', id: up.id, sdp: 'v=0' });
  assert.equal(sent('abort')[1].id, up.id);
  assert.equal(up.closed, false);
});

test('messages for unknown streams are harmless', () => {
  const { streams: s, link } = streams();
  for (const type of ['answer', 'renegotiate', 'abort', 'close', 'ice'])
    assert.equal(s.receive({ type, id: '?' }), true);
  assert.equal(s.receive({ type: 'chat' }), false);
  assert.equal(link.sent.length, 0);
});

test('simulcast has the full picture first and about 100 kbit/s last', () => {
  const both = encodings({ simulcast: true, maxBitrate: 700_000, height: 720 });
  assert.equal(both.length, 2);
  assert.equal(both[0].maxBitrate, 700_000);
  assert.equal(both.at(-1).maxBitrate, LOW_RATE);
  assert.equal(both.at(-1).scaleResolutionDownBy, 4);
  assert.equal(new Set(both.map(({ rid }) => rid)).size, 2);
  assert.deepEqual(encodings({ simulcast: false }), [{}]);
  assert.equal(encodings({ simulcast: true, height: 120 })[1].scaleResolutionDownBy, 1);
});

test('rates come from differences and never run backwards', () => {
  const meter = new Meter();
  const entry = (timestamp, bytesReceived, packetsReceived, packetsLost) =>
    new Map([
      [
        'a',
        {
          id: 'a',
          type: 'inbound-rtp',
          kind: 'video',
          timestamp,
          bytesReceived,
          packetsReceived,
          packetsLost,
        },
      ],
    ]);
  assert.equal(meter.read(entry(1000, 1000, 10, 0)).tracks[0].bitrate, 0);
  const second = meter.read(entry(2000, 126_000, 100, 10)).tracks[0];
  assert.equal(second.bitrate, 1_000_000);
  assert.equal(second.lossRatio, 0.1);
  const reset = meter.read(entry(3000, 0, 0, 0)).tracks[0];
  assert.equal(reset.bitrate, 0);
  assert.equal(reset.lossRatio, 0);
});

test('a receiver says how large it shows a stream, and is told that the line has no room for it', async () => {
  const { streams: s, sent } = streams();
  s.receive({ type: 'offer', id: 'd', label: 'camera', source: 'x', sdp: 'v=0' });
  const down = s.down.get('d');
  down.request(['audio', 'video'], [640, 360]);
  down.request(['audio']);
  assert.deepEqual(sent('requestStream'), [
    { type: 'requestStream', id: 'd', request: ['audio', 'video'], size: [640, 360] },
    { type: 'requestStream', id: 'd', request: ['audio'] },
  ]);
  const told = [];
  down.on('paused', (paused) => told.push(paused, down.paused));
  assert.equal(s.receive({ type: 'paused', id: 'd', value: true }), true);
  s.receive({ type: 'paused', id: 'd', value: false });
  s.receive({ type: 'paused', id: 'unknown', value: true });
  assert.deepEqual(told, [true, true, false, false]);
  s.receive({ type: 'speaking', id: 'd', source: 'x', value: true });
  assert.equal(down.speaking, true);
  s.receive({ type: 'speaking', id: 'd', source: 'x', value: false });
  assert.equal(down.speaking, false);
});
