"""Tokens: letters of admission that replace a password.

`stateful`: what an invitation says and for which group it counts. `file`: invitations on disk. `signed`:
tokens of an authorisation server (JWT). `actions`: what members of a group may do with invitations.
A token is a secret: none is ever put into a log or into an error's text.
"""
