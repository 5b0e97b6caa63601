"""The vocabulary by which a narrative is judged, as regular expressions over text whose slots are masked.

A slot `{estimate.q05}` stands as the word `slot_estimate_q05`. The lists are wide on purpose: a harmless
sentence that is rejected costs one more try, a wrong one that passes misleads a person.
"""

import re


def words(*alternatives: str) -> re.Pattern[str]:
    """Any of the alternatives as whole words, in any case."""
    return re.compile(rf"(?<![\w-])(?:{'|'.join(alternatives)})(?![\w])", re.IGNORECASE)


_COUNTED = r"(?:days?|nights?|weeks?|months?|years?|steps?|times|things?|thirds?|out of|in)"
NUMBERS = words(
    "three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen",
    r"nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-\w+)?",
    r"(?:a )?(?:hundred|thousand|million|billion|dozen)\w*",
    r"half|halves|halved|(?:a|two) thirds?|quarter\w*|tenths?|twice|thrice|doubl\w+|tripl\w+|quadrupl\w+|\w+-?fold",
    rf"(?:zero|one|two) {_COUNTED}|by (?:about |around |roughly )?(?:one|two)|(?<!the )(?<!these )(?<!between )two",
    r"(?:on|in) all (?:the |these )?(?:days|nights|steps|times)",
    r"(?:most|every|each|many|several|(?<!too )(?:a )?few) (?:single )?(?:days?|nights?|mornings?|times?)",
)
PERCENT = words(r"per ?cent\w*", "pct", "percentage points?", "odds")
UNITS = words(
    r"m?c?g|milligrams?|micrograms?|grams?|kg|kilograms?|kilos?|lbs?|pounds?|ounces?|m?d?l|milli(?:liters?|litres?)",
    r"lit(?:er|re)s?|m?mol\w*|m?mol/l|mg/dl|bpm|beats|mmhg|hpa|kcal|calories?|kj|joules?|km|kilomet\w+|miles?",
    r"met(?:er|re)s?|cm|mm|celsius|fahrenheit|degrees?|hours?|hrs?|minutes?|mins?|seconds?|secs?|ms|milliseconds?",
    r"points?|units?|iu|standard deviations?|sds?",
)
SIZES = words(
    r"larges?t?|huge(?:ly)?|enormous(?:ly)?|massive(?:ly)?|dramatic(?:ally)?|strong(?:ly|er)?|substantial(?:ly)?|big",
    r"considerabl[ey]|major|vast(?:ly)?|great(?:ly)?|marked(?:ly)?|sharp(?:ly)?|slight(?:ly)?|modest(?:ly)?|tiny",
    r"moderate(?:ly)?|minor|small|powerful(?:ly)?|remarkabl[ey]|noticeabl[ey]|immense(?:ly)?|weak(?:ly)?|a lot|much",
    r"a bit|a little|more than any(?:thing)?|most of all|above all",
)
VALUES = words(
    r"better|best|worse|worst|improv\w*|worsen\w*|benefi\w*|harm\w*|help\w*|good|bad|(?:un)?healthy|works?|worked",
    r"(?:un)?safe(?:ly)?|danger\w*|cure\w*|effective(?:ly|ness)?|success\w*",
)
CERTAIN = words(
    r"prove[sdn]?|proofs?|proving|certain(?:ly)?|certainty|definite(?:ly)?|definitive(?:ly)?|undoubted(?:ly)?",
    r"undeniabl[ey]",
    r"(?:no|without(?: a| any)?|beyond(?: any| a)?(?: reasonable)?) doubts?|unquestionabl[ey]|guarantee\w*|always",
    r"never",
    r"absolute(?:ly)?|conclusive(?:ly)?|confirm\w*|demonstrate[sd]?|for sure|surely|obvious(?:ly)?|evident(?:ly)?|fact",
    r"facts",
    r"significant(?:ly)?|significance|indisputabl[ey]|unmistakabl[ey]|inevitabl[ey]",
    r"truth|truly|really|in reality|reliabl[ey]",
    r"robust(?:ly)?",
    r"must have|impossible|of course|plain(?:ly)?|established that|shown beyond|completely|totally|entirely",
    r"perfect(?:ly)?",
    r"sure that|convinc\w+|secret|rest assured|disput\w+|nobody|no one|end of story|period(?= ?[.!])",
    r"(?:zero|no) (?:chance|probability)|every (?:single )?time|full confidence|yes|well known|make no mistake",
    r"(?:no|without|zero) (?:any )?(?:uncertainty|error)",
    r"(?:beyond|no|without) question|(?:only|one|sole) (?:thing|cause|reason)",
)
PEOPLE = words(
    r"everyone|everybody|anyone|anybody|people|patients?|persons|population|humans?|men|women|adults|in general",
    r"generally|universal(?:ly)?|others",
)
ADVICE = words(
    r"you (?:should|must|ought)|recommend\w*|advis\w+|prescri\w+|(?:stop|keep|start|continue|avoid) (?:taking|using)",
    r"(?:keep|stop|avoid|take|start|continue|try|use|favour|leave)(?:ing)?(?: on| with| out| off)? slot_treatment",
    r"(?:go|carry) on with slot_treatment",
    r"take (?:more|less|it)|doses?|dosage|quit|your doctor",
)
FUTURE = words(r"will|going to|from now on|forever")

UP = words(
    r"rais(?:es?|ed|ing)|increase[sd]?|increasing(?:ly)?|higher|highest",
    r"greater|upwards?|elevat\w+|boost\w*|grow\w*|grew|r[io]se[sn]?",
    r"rising",
    r"lift\w*|gain\w*|positive(?:ly)?|plus|above zero|climb\w*|heighten\w*|went up|go(?:es)? up|push\w* up|up",
    r"(?:above|over|beyond) (?:its|the usual|the normal)",
    r"more (?:of it|(?:of )?slot_outcome)|jump\w*|surg\w+|strengthen\w*|enhanc\w+",
)
DOWN = words(
    r"lower\w*|lowest|reduc\w+|decrease[sd]?|decreasing|drop\w*",
    r"f[ae]ll(?:s|en|ing)?|declin\w+|shr[aiu]nk\w*|smaller|diminish\w*|cut",
    r"suppress\w*|negative(?:ly)?|minus|below zero|downwards?|went down|go(?:es)? down|push\w* down|down",
    r"less slot_outcome|less and less|less of (?:it|slot_outcome)|fewer slot_outcome",
    r"(?:under|below|beneath) (?:its|the usual|the normal)|lessen\w*|weaken\w*|dip\w*|sank|sink\w*|opposite",
    r"revers\w+|dampen\w*|curb\w*|lost|loss|los(?:es?|ing)",
)
NEUTRAL_DIRECTIONS = words(
    r"(?:lower|upper|higher) (?:end|bound|limit)s?",
    r"(?:increase|raise|lower|reduce|narrow) (?:the|this)"
    r" (?:precision|number of days|number of steps|uncertainty|doubt)",
)
NEGATION = (
    r"(?:not|no|never|n't|nothing|neither|nor|without|hardly|barely|scarcely|seldom|rarely|nobody|none|little|wrong to"
    r"|false to|from being|fail(?:s|ed)? to|cannot|instead of|rather than|far from|unable to|did anything but)"
)
CLAIMS = words(
    r"caus(?:e[sd]?|ing|al|ally|ation)|affect\w*|effects?|chang\w+|influenc\w+|impact\w*|le(?:a)?ds?(?: to)?",
    r"result(?:s|ed)? (?:in|from)",
    r"due to|owing to|because of|thanks to|dr[io]ves?(?!\s+both)|driven|driving|made|makes?|responsible|trigger\w*",
    r"produc\w+",
    r"link\w*|associate[sd]?|associations?|correlat\w+",
    r"relat(?:ed|es|ion\w*)|depend\w*|connect\w+|respon[ds]\w*|sensitive",
    r"matter(?:s|ed)?",
    r"differ(?:s|ed|ence|ences|ent)?|shift\w*|alter\w*|mov(?:es?|ed)|react\w*|act(?:s|ed)|modif\w+|contribut\w+",
    r"determine[sd]",
    r"accounts? for|explain\w*|goes with|went with|went along|hand in hand|moderat\w+|shap(?:es?|ed)|play(?:s|ed)",
    r"had an?",
    r"together|reasons? (?:for|of)|behind|follow(?:s|ed)?|c[ao]me from|br(?:ought|ings?)|g[ai]ves? rise|spur\w*|feeds?",
    r"fed|real",
)
_INABILITY = (
    "says?|said|tell|told|know|known|decided?|concluded?|determined?|separated?|answer|answered|judged?|identify|"
    "identified|estimated?|give|given|draw|drawn|stated?|establish|established|distinguish|distinguished|trusted|shown?|learn|"
    "learned|settled?|support|supported"
)
_CANNOT = r"(?:cannot|can not|could not|unable to|not able to|not possible to)"
OPEN = words(
    rf"{_CANNOT} (?:yet )?(?:be )?(?:{_INABILITY})",
    rf"(?:can|could) neither be \w+ nor|nothing can (?:yet )?be (?:{_INABILITY})",
    r"whether|unclear|unknown|undecided|inconclusive|open question",
    r"(?:no|any) (?:causal )?(?:conclusion|answer|statement|verdict|number|estimate|figure)s?",
    r"(?:is|was|are|were) not (?:identified|established|known|decided)",
)
WITHHELD = words(r"no (?:number|estimate|figure|interval)s?", "withheld")
NEUTRAL_CERTAINTY = words(r"(?:less|not) (?:fully |entirely )?certain")
WITH_AND_WITHOUT = words(r"with(?: slot_treatment)? (?:and|or) (?:\w+ )?without (?:slot_treatment|it)")
NEUTRAL_CLAIMS = words(
    r"(?:would|could) not change (?:this|that|it)",
    r"rule out (?:any )?(?:changes?|differences?|effects?) that (?:would )?matter",
    r"causal (?:graphs?|questions?|conclusions?|analys[ie]s|answers?|assumptions?)",
    r"(?:the|an|any) (?:effect|influence|difference) of slot_treatment on slot_outcome (?=can neither)",
    rf"(?:the|an|any) (?:effect|influence|difference|change) (?:of slot_treatment (?:on slot_outcome )?)?"
    rf"{_CANNOT} be (?:{_INABILITY})",
    r"(?:(?:a|any) (?:change|difference|effect)|changes|differences) (?:anywhere )?(?:from|between)"
    r" slot_estimate_q05 (?:to|and) slot_estimate_q95",
    r"(?:drives?|drove|affects?|affected|influences?|influenced) both",
    r"(?:what|which|this) (?:would|could) change (?:this|that|the verdict)",
    r"makes? no difference in practice",
    r"the (?:change|difference) that slot_treatment made to slot_outcome (?:was|is)(?= (?:too small|negligible))",
    r"the (?:effect|influence|impact|change|difference)(?: (?:of|in|with|on|to) slot_(?:treatment|outcome)){1,2}"
    r" (?:was|is)(?= (?:too small|negligible))",
    r"(?:other|the) (?:recorded |unrecorded )?(?:influences|causes)|recorded influences",
)
NEGLIGIBLE = words(
    r"no (?:meaningful|relevant|practical|appreciable|noticeable)"
    r" (?:effect|change|difference|influence|impact|shift)s?(?! (?:\w+ ){0,7}(?:excluded|ruled out))",
    r"too small to (?:matter|make a difference)(?: in practice)?|(?<!not )(?<!no )negligible",
)
ANY_EFFECT = words(r"any (?:change|difference|effect)")
ZERO = words(
    r"(?:no|zero) (?:effect|change|difference|influence|impact|shift|relation\w*|link)s?(?! in practice)",
    r"none whatever|(?:has|had) none|nothing happened",
    r"exactly zero|at all|whatsoever|nothing to do|does nothing|did nothing|ineffective|useless",
)
LEANING = words(
    r"lean\w*|tend\w*|suggest\w*|hint\w*|indicate[sd]?|indicating|indications?",
    r"point(?:s|ed|ing)? (?:to|towards?)|probabl[ey]|likely|promising",
    r"trends?",
    r"seems?|seemed|appear\w*|apparent(?:ly)?|almost|nearly|clear(?:ly)?|regardless|no matter|whether or not",
)
PRESUMED = words(
    r"(?:unknown|unclear|tell|told|known|said) (?:why|when|where|which|for)|for (?:days|weeks|hours|months|longer)",
    r"(?:how (?:much|strongly|far|fast|often|quickly|long)|when|why|that|for whom|in whom) slot_treatment",
    r"(?:size|extent|strength|amount) of|the (?:effect|influence|change|impact|difference)",
)
SWAPPED = words(
    r"(?:rais(?:es?|ed)|increase[sd]?|lower(?:s|ed)?|reduc(?:es?|ed)|decrease[sd]?|caus(?:es?|ed)|affect(?:s|ed)?)"
    r" slot_treatment",
    r"(?:influenc(?:es?|ed)|chang(?:es?|ed)|dr[io]ves?|boost(?:s|ed)?|le(?:a)?ds? to) slot_treatment",
    r"slot_treatment (?:\w+ )?(?:was|is|were|are|got|has been|had been) (?:\w+ )?"
    r"(?:raised|increased|higher|greater|lower|lowered|reduced|decreased|caused|affected|influenced|changed|driven)",
    r"(?:by|because of|due to|owing to|thanks to|effect of|influence of|impact of) slot_outcome",
    r"(?:effect|influence|impact) (?:of slot_outcome )?on slot_treatment",
    r"(?:raised|rose|lowered|fell|changed|higher|lower) (?:even |already |long )?before slot_treatment",
    r"(?:less|fewer|absence of|lack of|skipping|taking away|omitting|avoiding|leaving out|stopping|removing|no|not)"
    r" slot_treatment",
)
MISREAD = words(
    r"(?:at least|at most|more than|less than|over|under|up to|as much as|no less than|no more than|only|even)"
    r" slot_(?:estimate|rope|prob)\w+",
    r"by (?:about |around |roughly |some )?slot_estimate_(?:mean|q05|q95)",
    r"(?:between|from) slot_estimate_q95",
    r"slot_(?:estimate|rope)_\w+ (?:days?|times|steps?|nights?|weeks?|months?)",
    r"(?:per|each|every) slot_unit",
    r"slot_(?:estimate|rope)_\w+ slot_unit|slot_(?:estimate|rope)_\w+ (?:per|each|every|a) \w+",
    r"from slot_estimate_q05(?! to)|slot_outcome (?:\w+ )?(?:to|was|is|were) slot_estimate_\w+",
    r"slot_estimate_q\w+ (?:is|was) the (?:average|mean|estimate)",
    r"(?:average|mean|estimate) (?:\w+ )?(?:is|was) slot_estimate_q\w+",
    r"(?:between|from) slot_estimate_q05 (?:and|to) slot_(?!estimate_q95)\w+|(?:between|from) slot_rope_high",
    r"(?:between|from) slot_estimate_(?:mean|size)|(?:between|from) slot_rope_low (?:and|to) slot_(?!rope_high)\w+",
    r"slot_rope_high (?:is|are|was|were) (?:in line|consistent|compatible)",
    r"slot_estimate_q95 (?:\w+ ){0,3}(?:no difference in practice|too small)|rest(?:s|ed)? on slot_(?!days|reason)\w+",
    r"(?:probability|chance|likelihood) (?:\w+ ){1,10}(?:by (?:about )?)?slot_estimate_\w+",
    r"slot_\w+ slot_\w+|by (?:about )?slot_(?:days|unit|contrast|next_step|reason)",
    r"slot_days (?:\w+ )?(?:days?|steps?|nights?|weeks?|hours?)",
    r"slot_prob_direction (?:of|more|less|higher|lower|increase|decrease|reduction|rise)",
    r"(?:wrong|false|mistaken?|error|fluke|by chance|coincidence|random) (?:\w+ ){0,6}slot_prob_direction",
    r"slot_prob_direction (?:\w+ ){0,8}(?:wrong|false|mistaken?|error|fluke|by chance|coincidence|random)",
)
ROMAN = re.compile(r"\b[IVXLCDM]{2,}\b")
ABSENT = re.compile(
    r"(?:^|[.!?]\s)(?:(?!\bthan\b|\bcompared\b)[^.!?])*?\b(without (?:slot_treatment|it))\b", re.IGNORECASE | re.DOTALL
)
CONTRAST_INSIDE = re.compile(r"\([^()]*slot_contrast[^()]*\)")
CHANCE = re.compile(
    r"(?:probability|chance)\b.*slot_prob_direction|slot_prob_direction (?:probability|chance)", re.IGNORECASE
)
_HIDDEN = r"(?:unrecorded|not recorded|unmeasured|not measured|unobserved)"
CONDITION = words(
    rf"(?<!even )(?:if|provided|assuming|assumes|assumption|as long as|under the condition)"
    rf" (?:\w+ ){{0,6}}?(?:nothing|no|neither) (?:\w+ ){{0,4}}?{_HIDDEN}(?! (?:\w+ ){{0,3}}or not)",
    rf"unless (?:\w+ ){{0,6}}?{_HIDDEN}",
)
ASSERTED = words(
    rf"nothing (?:\w+ )?{_HIDDEN}|no {_HIDDEN} \w+|everything (?:\w+ )?recorded",
    r"(?:which|this|that) (?:is|was) (?:sure|true|known|so|met|given|the case)",
    rf"{_HIDDEN} (?:\w+ ){{0,3}}both,? (?:and|as|which|but) (?!slot_|the |this )\w+",
)
"""That there is no hidden cause: only a condition, never a fact, unless the exposure was assigned at random."""
WRONG = words(
    r"(?<!be )wrong(?! side)|false(?:ly)?|untrue|incorrect(?:ly)?|mistaken(?:ly)?",
    r"(?:not|hardly|scarcely) (?:the case|true|so|right)",
    r"(?:could|might|may|must|would) be wrong (?:to|that)|in name only|no more (?:\w+ )?than|in no way|by no means",
    r"less than nothing|far from|nothing of the kind|other way(?: around)?|chance (?:finding|result)",
    r"slot_outcome (?:\w+ ){0,3}by chance|only in the model",
)
NOT_SO = re.compile(
    r"^(?:no|not so|yes|so it (?:did|does|is|was))$|\b(?:it|this|that|they|slot_treatment)"
    r" (?:did|does|do|is|was|were|has|had)(?: so| not| not so| too| indeed)?$"
    r"|\banswer (?:is|was) (?:not )?(?:no|yes)\b",
    re.IGNORECASE,
)
"""Clauses that affirm or deny something said before."""
NOT_EXCLUDED = words(r"cannot (?:\w+ )?(?:be )?(?:excluded?|ruled? out)")
UNLESS = words(rf"unless(?! (?:\w+ ){{0,6}}?{_HIDDEN})")
HEDGED = words(
    r"may|might|could|would|if slot_treatment|had it|perhaps|possibl[ey]|maybe|arguably|rarely|seldom|sometimes|once",
    r"in part|partly",
)
DENIAL = words(
    r"not|no|never|nothing|neither|nor|hardly|barely|scarcely|nobody|none|unable|cannot|fail(?:s|ed)?|anything but",
    r"instead of|rather than|as often|alone|itself|something else|(?:other|else) than|only (?:when|if|because|where)",
    r"if only|(?:was|were) to|by an? (?:factor|part|share|level|step|range|count|number)",
)
"""Words that turn a claim around; the answer that an effect was found has no use for them but in its condition."""
NOT_DENIED = words(
    r"(?:not recorded|not measured)",
    r"(?:days|steps|nights|those|it) (?:\w+ )?(?:not|no) slot_treatment",
    r"whether or not",
)
UNTOLD = words(
    r"(?:do|does|did|is|are|was|were) not (?:enough|sufficient|settle\w*|suffice)|something (?:un)?recorded",
    r"not pass\w*|fail\w*",
)
ELSEWHERE = re.compile(
    r"slot_(?!treatment|outcome|contrast)|^from what was recorded$|^many there are$"
    r"|\b(?:calculation|checks?|gates?|model|convergence|samplers?)\b"
    r"|^(?:in|from|on|with|after|over|during|for|at|as|because|since|however|to|these|this|that is)\b"
    r"(?!.*\b(?:was|is|did|does)\b)",
    re.IGNORECASE,
)
"""Clauses that may stand in an open answer beside those that say it is open."""
CLAUSE = re.compile(
    r"[.;:!?,()]|\s[-–—]\s|—|\b(?:but|although|though|(?<!cannot )yet|while|whereas|however|because|since|so|therefore"
    r"|thus|hence|still|nevertheless|even if|which)\b|\band\b(?=\s+slot_treatment)",
    re.IGNORECASE,
)
ENGLISH = frozenset(
    "a about across after all also an and answer "  # noqa: SIM905 - one word per line would fill two screens
    "any are as at average be because been before both but by can cannot caused change changed changes comparison "
    "could data day days did difference direction do does drives each effect either else enough every estimate "
    "exposure for from further graph had has have held holds how if in inside interval is it its lie lies likely "
    "made makes may meaningful might model more most neither next no nor not nothing number of on one only or "
    "other otherwise out outcome outside over part probability question raised lowered range reason record "
    "recorded rest rests result run same say settle several shown shows so some step still such sure taken takes "
    "tell than that the their them then there these they this those time to too under unless unrecorded until "
    "values was were what when where whether which while who will with within without worth would yet".split()
)
