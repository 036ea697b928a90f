"""Starting texts of six jurisdictions, to be edited by whoever owns the policy: our own words, with sources, not legal advice.

What was not read in the source itself is named in `to_verify`; the page shows it beside the text.
"""

from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from app.disclosures.details import VersionDetails
from app.disclosures.models import Medium, Placement, TieKind

_ALL: Final = (
    "travel_air", "travel_ground", "lodging", "meal", "event_pass", "entertainment", "gift", "product_loan", "early_access",
    "exec_access", "media_exposure", "advisory_fee", "speaking_fee", "workshop_fee", "content_fee", "honorarium",
    "fee_expenses", "affiliate_commission", "discount",
)  # fmt: skip


class StartingText(Struct, frozen=True):
    """One jurisdiction before its owner has edited it."""

    jurisdiction: str
    name: str
    language: str
    text: str
    accepted_labels: tuple[str, ...]
    rejected_labels: tuple[str, ...]
    placement: Placement
    statements: dict[str, str]
    tie_statements: dict[TieKind, str]
    sources: tuple[str, ...]
    to_verify: tuple[str, ...]

    def details(self, on: date) -> VersionDetails:
        """A draft that begins on a day and is to be looked at again within a year."""
        return VersionDetails(
            language=self.language, effective_from_on=on, review_on=on + timedelta(days=365), text=self.text, triggers=_ALL,
            accepted_labels=self.accepted_labels, rejected_labels=self.rejected_labels,
            placement=dict.fromkeys(Medium, self.placement), statements=self.statements, sources=self.sources,
            tie_statements=self.tie_statements, remedy_steps=REMEDY,
        )  # fmt: skip


REMEDY: Final = (
    "1. Tell the person which label was found and which is needed, and give them a week.\n"
    "2. Look again at the public piece.\n3. If nothing has changed, compliance decides before the next invitation."
)


def _gave(
    sentence: str, flight: str, hotel: str, meal: str, gift: str, fee: str, share: str
) -> dict[str, str]:
    """What was paid for in one form of words; `share` is said of links that earn a part of the sales."""
    words = {
        "travel_air": flight,
        "lodging": hotel,
        "meal": meal,
        "gift": gift,
        "speaking_fee": fee,
        "workshop_fee": fee,
    }
    return {kind: sentence.format(what) for kind, what in words.items()} | {"affiliate_commission": share}


_US = StartingText(
    "US", "United States (FTC)", "en",
    "Say that the company invited you and what it paid for: travel, hotel, meals, early access or anything else "
    "of worth, even if "
    "nobody asked you to publish. Say it where nobody can miss it: before the reader has to press for more, and in the same way "
    "as your piece speaks, seen or heard. A line in your profile or at the end is not enough.",
    ("Ad", "#ad", "#sponsored", "Advertisement"), ("#spon", "#partner", "#ee", "#sp", "#collab", "thanks to"),
    Placement.BEFORE_FOLD,
    _gave("The company behind this paid for {}.", "my flight", "my hotel", "my meals", "what I show here as a gift",
          "my work with a fee", "I earn a share of what is bought through my link."),
    {TieKind.EMPLOYEE: "I work for this company.", TieKind.EQUITY: "I own shares of this company.",
     TieKind.FAMILY: "Somebody close to me works for this company."},
    ("https://www.ecfr.gov/current/title-16/part-255",
     "https://www.ftc.gov/business-guidance/resources/ftcs-endorsement-guides-what-people-are-asking"),
    ("that #sp and #collab are not understood", "that an advertiser must instruct, watch and act"),
)  # fmt: skip

_GB = StartingText(
    "GB", "United Kingdom (ASA and CMA)", "en",
    "Label your piece before anybody reads or opens it if you were given money, a product, a trip, a hotel stay, "
    "an invitation to an "
    "event or a loan, even without a duty to publish. Use a word everybody knows for advertising; to say that "
    "something was given "
    "to you, or to tag the company, is not enough.",
    ("Ad", "#ad", "Advert", "Advertising", "Advertisement"),
    ("#gifted", "gifted", "#spon", "spon", "sponsored by", "in partnership with", "#collab", "#prtrip", "#brandambassador"),
    Placement.FIRST_WORDS,
    _gave("The company paid for {}.", "my flight", "my hotel", "my meals", "the gift I show", "my work with a fee",
          "I earn a share of what is bought through my link."),
    {TieKind.EMPLOYEE: "I work for this company.", TieKind.EQUITY: "I own shares of this company.",
     TieKind.FAMILY: "Somebody close to me works for this company."},
    ("https://www.asa.org.uk/advice-online/recognising-ads-social-media.html",
     "https://www.gov.uk/government/publications/social-media-endorsements-guide-for-influencers"),
    ("that the ASA asks for payment and control, and the CMA for payment only",),
)  # fmt: skip

_EU = StartingText(
    "EU", "European Union", "en",
    "Say clearly, in the language of your audience and at once visible in each piece, that there was something in "
    "return: money, a "
    "discount, a product, a trip or a share of sales. You and the company are both answerable for it.",
    ("Advertisement", "Advertising", "Ad", "Werbung", "Anzeige", "Publicité", "Publicidad", "Pubblicità"),
    ("#partner", "#collab"),
    Placement.FIRST_WORDS,
    _gave("The company paid for {}.", "my flight", "my hotel", "my meals", "the gift I show", "my work with a fee",
          "I earn a share of what is bought through my link."),
    {TieKind.EMPLOYEE: "I work for this company.", TieKind.EQUITY: "I own shares of this company.",
     TieKind.FAMILY: "Somebody close to me works for this company."},
    ("https://commission.europa.eu/topics/consumers/influencer-legal-hub_en", "https://eur-lex.europa.eu/eli/dir/2005/29/oj"),
    ("which words each member state accepts",),
)  # fmt: skip

_FR = StartingText(
    "FR", "France", "fr",
    "Dites clairement qu’il y a eu une contrepartie, en argent ou en nature, pendant toute la durée de la publication : "
    "« Publicité » ou « Collaboration commerciale ». Dans un texte, la mention figure au début ou parmi les trois premiers "
    "mots-dièse ; dans une vidéo, elle est dite ou montrée.",
    ("Publicité", "Collaboration commerciale"), ("#ad", "#partner", "#collab", "#sponsorisé"), Placement.FIRST_TAGS,
    _gave("L’entreprise a payé {}.", "mon vol", "mon hôtel", "mes repas", "le cadeau que je montre", "mon travail",
          "Je touche une commission sur les achats faits par mon lien."),
    {TieKind.EMPLOYEE: "Je travaille pour cette entreprise.", TieKind.EQUITY: "Je détiens des parts de cette entreprise.",
     TieKind.FAMILY: "Une personne proche de moi travaille pour cette entreprise."},
    ("https://www.legifrance.gouv.fr/jorf/id/JORFTEXT000047663185",),
    ("both labels and the whole duration", "that a benefit in kind counts in the same way as money"),
)  # fmt: skip

_DE = StartingText(
    "DE", "Germany", "de",
    "Kennzeichne deinen Beitrag am Anfang mit „Anzeige“ oder „Werbung“, wenn du dafür etwas bekommen hast: Geld, "
    "eine Reise, eine "
    "Übernachtung, ein Geschenk oder etwas anderes von Wert.",
    ("Anzeige", "Werbung"), ("#ad", "#sponsored", "#partner", "#collab"), Placement.FIRST_WORDS,
    _gave("Das Unternehmen hat {} bezahlt.", "meinen Flug", "mein Hotel", "meine Mahlzeiten", "das gezeigte Geschenk",
          "meine Arbeit", "Ich bekomme einen Anteil an dem, was über meinen Link gekauft wird."),
    {TieKind.EMPLOYEE: "Ich arbeite für dieses Unternehmen.", TieKind.EQUITY: "Ich halte Anteile an diesem Unternehmen.",
     TieKind.FAMILY: "Jemand, der mir nahesteht, arbeitet für dieses Unternehmen."},
    ("https://www.gesetze-im-internet.de/uwg_2004/__5a.html",),
    ("both labels, their place, and that “#ad” alone is a risk", "that both sides are answerable"),
)  # fmt: skip

_CN = StartingText(
    "CN", "China", "zh",
    "如果您从本公司得到报酬、旅行、住宿、礼品或其他利益,请在发布的内容上显著标明“广告”。以知识介绍、体验分享、消费测评等形式推销并附有购买链接的,同样需要标明。",
    ("广告",), ("#ad", "#sponsored", "合作", "推广"), Placement.FIRST_WORDS,
    _gave("本公司支付了{}。", "我的机票", "我的酒店", "我的餐饮", "我展示的礼品", "我的报酬",
          "通过我的链接购买,我会获得佣金。"),
    {TieKind.EMPLOYEE: "我在本公司工作。", TieKind.EQUITY: "我持有本公司股份。", TieKind.FAMILY: "我的亲属在本公司工作。"},
    ("https://www.samr.gov.cn/",),
    ("that tags in English only are not enough", "the article about purchase links (Order 72, article 9) in its own words"),
)  # fmt: skip

STARTING_TEXTS: Final = {one.jurisdiction: one for one in (_US, _GB, _EU, _FR, _DE, _CN)}
