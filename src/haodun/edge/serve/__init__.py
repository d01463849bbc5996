"""Processes on sockets: the SIP redirect server and its control link."""
