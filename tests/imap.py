"""A small IMAP server on loopback: LOGIN, SELECT, UID SEARCH, UID FETCH, UID STORE, LOGOUT, as RFC 3501 writes them."""

import re
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Kept:
    """A message in the mailbox."""

    raw: bytes
    flags: set[str] = field(default_factory=set)


class ImapServer:
    """One account, one folder; what it was asked is noted, and it can be made to misbehave."""

    def __init__(self, user: str = "log", password: str = "pass word/1", folder: str = "INBOX") -> None:
        self.user, self.password, self.folder = user, password, folder
        self.messages: dict[int, Kept] = {}
        self.asked: list[str] = []
        #: A command that is answered with NO from now on, such as "SEARCH".
        self.refuses = ""
        self._server = socketserver.ThreadingTCPServer(
            ("127.0.0.1", 0), type("Conversation", (_Conversation,), {"kept": self})
        )
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def put(self, raw: bytes) -> int:
        """Deliver a message; its number."""
        uid = len(self.messages) + 1
        self.messages[uid] = Kept(raw)
        return uid

    def unread(self) -> list[int]:
        return [uid for uid, kept in self.messages.items() if "\\Seen" not in kept.flags]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1]) if text[:1] == '"' else text


class _Conversation(socketserver.StreamRequestHandler):
    """One client, command by command."""

    kept: ImapServer
    is_in = False

    def handle(self) -> None:
        self._say("* OK ready")
        for line in self.rfile:
            tag, _, rest = line.decode("ascii").strip().partition(" ")
            command, _, words = rest.partition(" ")
            if command.upper() == "UID":
                command, _, words = words.partition(" ")
            if not self._answer(tag, command.upper(), words):
                return

    def _answer(self, tag: str, command: str, words: str) -> bool:
        """Whether the conversation goes on."""
        self.kept.asked.append(command if command == "LOGIN" else f"{command} {words}".strip())
        act = getattr(self, f"_{command.lower()}", None)
        if command == self.kept.refuses:
            self._say(f"{tag} NO not now")
        elif act is None or not (self.is_in or command in {"CAPABILITY", "LOGIN", "LOGOUT"}):
            self._say(f"{tag} BAD {command}")
        else:
            said = act(words) or "OK done"
            self._say(f"{tag} {said}")
        return command != "LOGOUT"

    def _capability(self, _words: str) -> None:
        self._say("* CAPABILITY IMAP4rev1")

    def _login(self, words: str) -> str:
        user, password = [_unquoted(one) for one in re.findall(r'"(?:\\.|[^"\\])*"|\S+', words)]
        self.is_in = (user, password) == (self.kept.user, self.kept.password)
        return "OK hello" if self.is_in else "NO [AUTHENTICATIONFAILED] wrong"

    def _logout(self, _words: str) -> None:
        self._say("* BYE")

    def _select(self, words: str) -> str:
        self._say(f"* {len(self.kept.messages)} EXISTS")
        return "OK [READ-WRITE] opened" if _unquoted(words) == self.kept.folder else "NO no such folder"

    def _search(self, _words: str) -> None:
        self._say(" ".join(["* SEARCH", *map(str, self.kept.unread())]))

    def _fetch(self, words: str) -> None:
        uid = int(words.split()[0])
        part = re.search(r"BODY\.PEEK\[\]<(\d+)\.(\d+)>", words)
        kept = self.kept.messages.get(uid)
        if kept is None or part is None:
            return
        start, length = int(part[1]), int(part[2])
        sent = kept.raw[start : start + length]
        head = f"* {uid} FETCH (UID {uid} RFC822.SIZE {len(kept.raw)} BODY[]<{start}> {{{len(sent)}}}\r\n"
        self.wfile.write(head.encode() + sent + b")\r\n")

    def _store(self, words: str) -> None:
        uid, _, flags = words.partition(" ")
        self.kept.messages[int(uid)].flags |= set(re.findall(r"\\\w+", flags))

    def _say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")
