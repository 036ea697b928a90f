"""Which medium a platform is, so that nobody chooses it by hand: video, audio, live, story, or text (D3); pure."""

import re
from typing import Final

from app.disclosures.models import Medium

#: The first medium whose words stand in the code or the name of a platform; platforms are data, so these are words.
_SIGNS: Final = (
    (Medium.STORY, "story|stories|reels?|snapchat|moments"),
    (Medium.LIVE, "live|livestream|stream|streaming|twitch|kuaishou"),
    (Medium.AUDIO, "podcast|podcasts|audio|radio|spotify|soundcloud|himalaya|ximalaya"),
    (Medium.VIDEO, "youtube|video|vlog|tiktok|douyin|bilibili|vimeo|dailymotion|rutube|niconico|tv"),
)


def medium_of(*names: str) -> Medium:
    """The medium of a platform by its code and name; whatever is not seen or heard is read."""
    said = " ".join(names).casefold().replace("_", " ")
    for medium, words in _SIGNS:
        if re.search(rf"(?<!\w)({words})(?!\w)", said):
            return medium
    return Medium.TEXT
