"""A small IMAP server on loopback: one user, one folder, what a poller asks of it."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

USER, PASSWORD = "support@portal.example", 'pa"ss word'


@dataclass
class Folder:
    """Mails by their numbers; `seen` are those that are marked."""

    mails: dict[int, bytes] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    url: str = ""

    def add(self, content: bytes) -> None:
        self.mails[len(self.mails) + 1] = content


class _Conversation(socketserver.StreamRequestHandler):
    folder: Folder

    def handle(self) -> None:
        self._say("* OK ready")
        for line in self.rfile:
            tag, command, *rest = line.decode().strip().split(" ")
            name = f"uid {rest[0]}".lower() if command.lower() == "uid" else command.lower()
            answer = getattr(self, f"do_{name.replace(' ', '_')}", None)
            result = answer(rest[1:] if name.startswith("uid") else rest) if answer else "BAD unknown"
            self._say(f"{tag} {result}")
            if name == "logout":
                return

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def do_capability(self, _rest: list[str]) -> str:
        self._say("* CAPABILITY IMAP4rev1")
        return "OK done"

    def do_login(self, rest: list[str]) -> str:
        given = " ".join(rest)
        quoted = PASSWORD.replace('"', '\\"')
        return "OK in" if given == f'"{USER}" "{quoted}"' else "NO wrong"

    def do_select(self, rest: list[str]) -> str:
        if rest != ['"Support"']:
            return "NO such folder"
        self._say(f"* {len(self.folder.mails)} EXISTS")
        return "OK [READ-WRITE] selected"

    def do_uid_search(self, rest: list[str]) -> str:
        assert rest[-1].strip("()") == "UNSEEN", rest
        self._say("* SEARCH " + " ".join(str(n) for n in self.folder.mails if n not in self.folder.seen))
        return "OK done"

    def do_uid_fetch(self, rest: list[str]) -> str:
        assert rest[1] == "(BODY.PEEK[])", rest
        content = self.folder.mails[int(rest[0])]
        begin = f"* {rest[0]} FETCH (UID {rest[0]} BODY[] {{{len(content)}}}\r\n"
        self.wfile.write(begin.encode() + content + b")\r\n")
        return "OK done"

    def do_uid_store(self, rest: list[str]) -> str:
        assert rest[1:] == ["+FLAGS.SILENT", "(\\Seen)"], rest
        self.folder.seen.add(int(rest[0]))
        return "OK done"

    def do_close(self, _rest: list[str]) -> str:
        return "OK done"

    def do_logout(self, _rest: list[str]) -> str:
        self._say("* BYE")
        return "OK done"


@contextlib.contextmanager
def imap_server() -> Iterator[Folder]:
    """Run the server; yield its folder, which knows its address."""
    folder = Folder()
    handler = type("Conversation", (_Conversation,), {"folder": folder})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        user = USER.replace("@", "%40")
        folder.url = f"imap://{user}:pa%22ss%20word@127.0.0.1:{server.server_address[1]}/Support"
        try:
            yield folder
        finally:
            server.shutdown()
            thread.join()
