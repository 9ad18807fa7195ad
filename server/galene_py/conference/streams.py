"""Distribution: which streams a room has, and who receives what of each.

A receiver says by label what it wants ('' is the default) and may say something else about one stream; this
module brings that together with what is published, and offers, reselects and closes accordingly.

Never checks permissions, touches packets or waits. Own streams are never sent back to their owner; the id of
somebody else's stream gives no power over it. Owner of the state: one Distribution per room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from galene_py.budget.bucket import Bucket
from galene_py.conference import limits, outgoing
from galene_py.conference.interfaces import Participant
from galene_py.conference.media import Media, MediaError
from galene_py.conference.receiver import NOTHING, Receiver, known
from galene_py.conference.subscription import Stream, Subscription, Watcher, free
from galene_py.conference.transaction import Transaction
from galene_py.signalling import messages as m


class Distribution:
    """The streams of one room and their receivers."""

    def __init__(
        self,
        media: Media,
        transaction: Transaction,
        clock: Callable[[], float],
        put_off: Callable[[Callable[[], None]], None],
    ) -> None:
        """put_off: does the rest of what would take too long at once."""
        self.streams: dict[str, Stream] = {}
        self._put_off = put_off
        self._media = media
        self._transaction = transaction
        self._clock = clock
        self._receivers: dict[str, Receiver] = {}
        self._dying: set[Stream] = set()
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        """Tell it of every stream there is, and of every one that comes and goes from now on."""
        self._watchers.append(watcher)
        for stream in list(self.streams.values()):
            watcher.appeared(stream)

    def unwatch(self, watcher: Watcher) -> None:
        """Tell it nothing more."""
        self._watchers.remove(watcher)

    # --- members -----------------------------------------------------------------------------------

    def add(self, participant: Participant) -> None:
        """A member arrives; it gets nothing until it asks."""
        beginnings = Bucket(limits.SUBSCRIBE_BURST, limits.SUBSCRIBE_RATE, self._clock())
        self._receivers[participant.id] = Receiver(participant, self._media.downlink(), beginnings)

    def remove(self, participant: Participant) -> None:
        """A member leaves: end what it sends, and, telling it, what it receives."""
        self.end_all(participant)
        for stream in list(self.streams.values()):
            if subscription := stream.subscriptions.get(participant.id):
                self._unsubscribe(subscription)
        receiver = self._receivers.pop(participant.id, None)
        if receiver is not None:
            receiver.downlink.close()

    # --- the sender's side -------------------------------------------------------------------------

    def publish(self, owner: Participant, offer: m.Offer, codecs: Sequence[str]) -> None:
        """Take an offer: a new stream, a new description of one, or one that replaces another.

        The outcome is told to the owner; whatever goes wrong ends the stream.
        """
        stream = self.streams.get(offer.id)
        if stream is not None and stream.owner is owner:
            self._renegotiate(stream, offer.sdp)
            if offer.replace != offer.id:
                self.end(owner, offer.replace)
            return
        replaced = self._own(owner, offer.replace)
        try:
            if stream is not None:
                raise MediaError("this stream id is taken")
            if self._count(owner) - (replaced is not None) >= limits.STREAMS_PER_CLIENT:
                raise MediaError("too many streams")
            stream = self._create(owner, offer, codecs)
        except MediaError as error:
            if replaced is not None:
                self._end(replaced)
            self._tell_failed(owner, offer.id, str(error))
            return
        owner.send(m.Answer(id=stream.id, sdp=stream.published.answer))
        self._introduce(stream, replaced)

    def end(self, owner: Participant, stream_id: str) -> None:
        """The owner closes one of its streams; anybody else's id does nothing."""
        if stream := self._own(owner, stream_id):
            self._end(stream)

    def end_all(self, owner: Participant) -> list[str]:
        """Close everything that `owner` sends; return the ids."""
        mine = [stream for stream in self.streams.values() if stream.owner is owner]
        for stream in mine:
            self._end(stream)
        return [stream.id for stream in mine]

    # --- the receiver's side -----------------------------------------------------------------------

    def request(self, participant: Participant, wants: Mapping[str, Sequence[str] | None]) -> None:
        """Set what a participant wants by label, and bring all its streams in line."""
        receiver = self._receivers.get(participant.id)
        if receiver is None:
            return
        receiver.wants = {label: known(kinds) for label, kinds in wants.items()}
        receiver.refused.clear()
        receiver.lost.clear()
        self._bring_all([(receiver, stream) for stream in self.streams.values()])

    def request_stream(
        self,
        participant: Participant,
        stream_id: str,
        kinds: Sequence[str] | None,
        size: tuple[int, int] | None = None,
    ) -> None:
        """Set what a participant wants of one stream; None: what `request` said. `size`: what it is shown
        with, in pixels, if the participant says so."""
        receiver = self._receivers.get(participant.id)
        stream = self.streams.get(stream_id)
        if receiver is None or stream is None or stream.owner is participant:
            return
        receiver.refused.discard(stream_id)
        if kinds is None:
            receiver.overrides.pop(stream_id, None)
        else:
            receiver.overrides[stream_id] = known(kinds)
        if size is not None:
            if not receiver.sizes:
                for each in self.streams.values():
                    if each.speaking and each.owner is not participant:
                        self._tell_speaking(receiver, each)
            receiver.sizes[stream_id] = size[0] * size[1]
        self._bring(receiver, stream)
        subscription = stream.subscriptions.get(participant.id)
        if size is not None and subscription is not None:
            subscription.subscribed.show(size[0] * size[1])

    def answer(self, participant: Participant, stream_id: str, sdp: str) -> None:
        """Take a receiver's answer; an answer to nothing does nothing."""
        if subscription := self._subscription(participant, stream_id):
            self._attempt(subscription, lambda: subscription.answered(sdp))
            if not subscription.want:
                self._unsubscribe(subscription)

    def restart(self, participant: Participant, stream_id: str) -> None:
        """A receiver asks for an ICE restart."""
        if subscription := self._subscription(participant, stream_id):
            self._attempt(subscription, subscription.restart)

    def refuse(self, participant: Participant, stream_id: str) -> None:
        """A receiver does not want a stream any more; it is told `close` in any case."""
        subscription = self._subscription(participant, stream_id)
        if subscription is None:
            participant.send(m.Close(id=stream_id))
            return
        self._receivers[participant.id].refused.add(stream_id)
        self._unsubscribe(subscription)

    def candidate(self, participant: Participant, stream_id: str, candidate: Mapping[str, object]) -> None:
        """Take an ICE candidate for a stream that the participant sends or receives."""
        own, subscription = self._own(participant, stream_id), self._subscription(participant, stream_id)
        try:
            if own is not None:
                own.published.add_candidate(candidate)
            elif subscription is not None:
                subscription.subscribed.add_candidate(candidate)
        except MediaError:
            return  # one useless candidate among many; the connection succeeds or fails without it

    def poll(self, participant: Participant) -> None:
        """Give up or offer again what the network lost, offer what had to wait; call about once a second."""
        deadline = self._clock() - limits.MEDIA_GRACE_SECONDS
        for stream in [stream for stream in self._dying if stream.owner is participant]:
            if stream.lost is not None and stream.lost[1] <= deadline:
                self._end_lost(stream)
        receiver = self._receivers.get(participant.id)
        if receiver is None:
            return
        for stream_id in receiver.overdue(self._clock()):
            subscription = self._subscription(participant, stream_id)
            if subscription is not None and not subscription.want:
                self._unsubscribe(subscription)
        retry, receiver.retry = receiver.retry, set()
        for stream_id in retry:
            if (again := self.streams.get(stream_id)) is not None:
                self._bring(receiver, again)

    def debug_state(self, participant: Participant) -> dict[str, object]:
        """Return what the statistics page shows of one member."""
        return {
            "up": [
                {**stream.published.debug_state(), "id": stream.id, "label": stream.label}
                for stream in self.streams.values()
                if stream.owner is participant
            ],
            "down": [
                subscription.debug_state()
                for stream in self.streams.values()
                if (subscription := stream.subscriptions.get(participant.id))
            ],
        }

    # --- inside ------------------------------------------------------------------------------------

    def _create(self, owner: Participant, offer: m.Offer, codecs: Sequence[str]) -> Stream:
        published = self._media.publish(
            offer.sdp,
            codecs=codecs,
            label=offer.label,
            on_closed=lambda reason: self._from_below(lambda: self._lost(stream, reason)),
            on_speaking=lambda speaking: self._from_below(lambda: self._spoke(stream, speaking)),
        )
        stream = Stream(offer.id, offer.label, owner, published)
        self.streams[stream.id] = stream
        for watcher in self._watchers:
            watcher.appeared(stream)
        return stream

    def _renegotiate(self, stream: Stream, sdp: str) -> None:
        if stream.lost is not None:
            self._end_lost(stream)  # the connection that it describes is no more
            return
        try:
            answer = stream.published.renegotiate(sdp)
        except MediaError as error:
            self._end(stream)
            self._tell_failed(stream.owner, stream.id, str(error))
            return
        stream.owner.send(m.Answer(id=stream.id, sdp=answer))
        self._bring_all([(receiver, stream) for receiver in self._receivers.values()], stale=True)

    def _introduce(self, stream: Stream, replaced: Stream | None) -> None:
        """Offer a new stream to everybody who wants it, in place of the one it replaces."""
        if replaced is None:
            self._bring_all([(receiver, stream) for receiver in self._receivers.values()])
            return
        for receiver in list(self._receivers.values()):
            old = replaced.subscriptions.pop(receiver.participant.id, None)
            if replaced.id in receiver.overrides:
                receiver.overrides[stream.id] = receiver.overrides.pop(replaced.id)
            if old is not None:
                free(old.subscribed)
            self._bring(receiver, stream, replace=replaced.id if old else "")
        self._end(replaced)

    def _bring_all(self, pairs: list[tuple[Receiver, Stream]], *, stale: bool = False) -> None:
        """`_bring` for many, in portions; whoever has gone meanwhile is left out."""
        for receiver, stream in pairs[: limits.BRING_PORTION]:
            there = self._receivers.get(receiver.participant.id) is receiver
            if there and self.streams.get(stream.id) is stream:
                self._bring(receiver, stream, stale=stale)
        rest = pairs[limits.BRING_PORTION :]
        if rest:
            self._put_off(lambda: self._from_below(lambda: self._bring_all(rest, stale=stale)))

    def _bring(self, receiver: Receiver, stream: Stream, *, replace: str = "", stale: bool = False) -> None:
        """Bring what a receiver gets of a stream in line with what it wants."""
        if stream.lost is not None:
            return
        want = receiver.wanted(stream)
        subscription = stream.subscriptions.get(receiver.participant.id)
        if subscription is not None and want:
            self._attempt(subscription, lambda: subscription.choose(want, stale=stale))
        elif subscription is not None and subscription.unanswered:
            # Its answer, which is under way, would be taken for that to the next offer of this stream.
            subscription.want = NOTHING
            receiver.unwanted[stream.id] = self._clock()
        elif subscription is not None:
            self._unsubscribe(subscription)
        elif not (want and self._subscribe(receiver, stream, want, replace)) and replace:
            receiver.participant.send(m.Close(id=replace))

    def _subscribe(self, receiver: Receiver, stream: Stream, want: frozenset[str], replace: str) -> bool:
        if not receiver.beginnings.take(self._clock()):
            receiver.retry.add(stream.id)
            return False

        def lost(reason: str) -> None:
            self._from_below(lambda: self._subscription_lost(subscription, reason))

        def paused(whether: bool) -> None:
            if receiver.sizes:  # others would not know what to do with it
                self._from_below(lambda: receiver.participant.send(m.Paused(id=stream.id, value=whether)))

        try:
            subscribed = stream.published.subscribe(
                want, on_closed=lost, on_paused=paused, downlink=receiver.downlink
            )
        except MediaError as error:
            receiver.participant.send(outgoing.error(receiver.participant, str(error), "media-failed"))
            return False
        if subscribed is None:
            return False
        subscription = Subscription(stream, receiver.participant, subscribed, want)
        stream.subscriptions[receiver.participant.id] = subscription
        subscribed.show(receiver.sizes.get(stream.id))
        subscription.offer(replace)
        return True

    def _attempt(self, subscription: Subscription, step: Callable[[], None]) -> None:
        try:
            step()
        except MediaError as error:
            self._unsubscribe(subscription)
            subscription.receiver.send(outgoing.error(subscription.receiver, str(error), "media-failed"))

    def _end(self, stream: Stream) -> None:
        if self.streams.get(stream.id) is stream:
            del self.streams[stream.id]
        self._dying.discard(stream)
        for watcher in self._watchers:
            watcher.vanished(stream)
        free(stream.published)
        for subscription in stream.subscriptions.values():
            subscription.receiver.send(m.Close(id=stream.id))
        stream.subscriptions.clear()
        for receiver in self._receivers.values():
            receiver.forget(stream.id)

    def _unsubscribe(self, subscription: Subscription, lost: str = "") -> None:
        """End a subscription and tell the receiver; `lost` is what happened to its connection."""
        if subscription.stream.subscriptions.pop(subscription.receiver.id, None) is not None:
            free(subscription.subscribed)
            error = "media-lost" if lost else ""
            subscription.receiver.send(m.Close(id=subscription.stream.id, error=error, value=lost or None))

    def _from_below(self, step: Callable[[], None]) -> None:
        with self._transaction:
            step()

    def _spoke(self, stream: Stream, speaking: bool) -> None:
        """Its sender begins or ends to speak: tell who understands that, and did not say it themselves."""
        stream.speaking = speaking
        for receiver in self._receivers.values():
            if receiver.sizes and receiver.participant is not stream.owner:
                self._tell_speaking(receiver, stream)

    @staticmethod
    def _tell_speaking(receiver: Receiver, stream: Stream) -> None:
        receiver.participant.send(m.Speaking(id=stream.id, source=stream.owner.id, value=stream.speaking))

    def _lost(self, stream: Stream, reason: str) -> None:
        """The sender's connection died from below.

        Browsers close a connection before they say that it is replaced, so wait a little for that word.
        """
        if self.streams.get(stream.id) is stream:
            stream.lost = (reason, self._clock())
            self._dying.add(stream)

    def _end_lost(self, stream: Stream) -> None:
        reason = stream.lost[0] if stream.lost else ""
        self._end(stream)
        stream.owner.send(m.Abort(id=stream.id, error="media-lost", value=reason))

    def _subscription_lost(self, subscription: Subscription, reason: str) -> None:
        """A receiver's connection died from below: offer a new one, but not for ever."""
        if subscription.stream.subscriptions.get(subscription.receiver.id) is not subscription:
            return
        self._unsubscribe(subscription, reason)
        receiver = self._receivers[subscription.receiver.id]
        if receiver.may_retry(subscription.stream.id, self._clock()):
            receiver.retry.add(subscription.stream.id)

    def _tell_failed(self, owner: Participant, stream_id: str, text: str) -> None:
        owner.send(m.Abort(id=stream_id))
        owner.send(outgoing.error(owner, text, "media-failed"))

    def _own(self, owner: Participant, stream_id: str) -> Stream | None:
        stream = self.streams.get(stream_id)
        return stream if stream is not None and stream.owner is owner else None

    def _subscription(self, participant: Participant, stream_id: str) -> Subscription | None:
        stream = self.streams.get(stream_id)
        return stream.subscriptions.get(participant.id) if stream is not None else None

    def _count(self, owner: Participant) -> int:
        return sum(stream.owner is owner for stream in self.streams.values())
