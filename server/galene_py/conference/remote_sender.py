"""A member without a WebSocket that sends one stream (WHIP). Owner of the state: as of `remote`."""

from __future__ import annotations

import secrets
from typing import Any

from galene_py.conference.media import MediaError
from galene_py.conference.remote import Remote
from galene_py.signalling import messages as m


class RemoteSender(Remote):
    """Its stream is a camera's to everybody."""

    def __init__(self, *arguments: Any) -> None:
        """As `Remote`'s."""
        super().__init__(*arguments)
        self.stream_id = secrets.token_hex(16)
        self._answer = ""
        self._error = ""

    def describe(self, offer: str) -> str:
        """Send what `offer` describes to the room, or describe it anew; return the answer.

        Raises MediaError when the description cannot be used; a stream that was there before goes on.
        """
        with self._conference.transaction:
            stream = self._room.streams.streams.get(self.stream_id)
            if stream is not None:
                return stream.published.renegotiate(offer)
            self._answer = self._error = ""
            codecs = self._room.group.description.allowed_codecs
            self._room.streams.publish(self, m.Offer(id=self.stream_id, label="camera", sdp=offer), codecs)
        if not self._answer:
            raise MediaError(self._error or "the offer was refused")
        return self._answer

    def send(self, message: m.Message) -> None:
        """Take what concerns its own stream."""
        match message:
            case m.Answer(id=self.stream_id, sdp=sdp):
                self._answer = sdp
            case m.UserMessage(kind="error", value=str(text)):
                self._error = text
            case m.Abort(id=self.stream_id) if self._answer:
                self._end(str(message.value or self._error or "the stream was ended"))
