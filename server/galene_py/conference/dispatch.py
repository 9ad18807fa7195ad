"""Which part of the conference carries out which message.

Only messages that the session let through arrive here. Never decides anything.
"""

from __future__ import annotations

from galene_py.conference import chat, group_actions, limits, trail, user_actions
from galene_py.conference.interfaces import Participant
from galene_py.conference.room import Room
from galene_py.signalling import messages as m


def deliver(room: Room, sender: Participant, message: m.Message) -> None:
    """Carry out one message of a member."""
    facts = trail.moderation(sender, message, room.find(message.dest))
    if facts is not None:
        room.conference.registry.audit("moderation", group=room.name, **facts)
    match message:
        case m.Chat() | m.UserMessage():
            chat.say(room, sender, message)
        case m.UserAction():
            user_actions.act(room, sender, message)
        case m.GroupAction():
            group_actions.act(room, sender, message)
        case _:
            _stream_message(room, sender, message)


def _stream_message(room: Room, sender: Participant, message: m.Message) -> None:
    streams = room.streams
    match message:
        case m.Request():
            streams.request(sender, message.request or {})
        case m.RequestStream():
            streams.request_stream(sender, message.id, message.request, message.size)
        case m.Offer():
            streams.publish(sender, message, room.group.description.allowed_codecs)
        case m.Answer():
            streams.answer(sender, message.id, message.sdp)
        case m.Renegotiate():
            streams.restart(sender, message.id)
        case m.Close():
            streams.end(sender, message.id)
        case m.Abort():
            streams.refuse(sender, message.id)
        case m.Ice() if message.candidate is not None:
            if m.encoded_size(message.candidate) <= limits.SIGNAL_CANDIDATE_BYTES:
                streams.candidate(sender, message.id, message.candidate)
