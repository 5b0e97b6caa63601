"""The words that a narrative may be made of: a closed list, so that no unit, number, language or verb slips past.

Directions, causes and certainty stand here too, as the rules of `narrative_check` judge how they are used. What is not
here is not said: numbers, units, sizes, judgements, other people, the future, rare words.
"""

_GRAMMAR = """
a about above across after again against all along already also although am among an and another any anything apart
are around as at away back be because been before behind being below beside besides between beyond both but by can
cannot could did do does doing done down due during each either else elsewhere enough even ever every everything
except few for from further furthermore had has have having he her here hers him his how however i if in indeed inside
instead into is it its itself just least less like likewise many may maybe me meanwhile might mine more moreover most
much must my myself near neither never nevertheless next no none nonetheless nor not nothing now of off often on once
one only onto or other others otherwise our ours ourselves out outside over own per perhaps please quite rather same
several shall she should since so some something sometimes somewhere soon still such than that the their theirs them
themselves then there therefore these they this those though through throughout thus to today together too toward
towards two under unless until up upon us very via was we were what whatever when whenever where whereas wherever
whether which whichever while who whole whom whose why with within without would yet you your yours yourself
"""
_RECORD = """
absence absent account accounted accounting accounts activity actual actually add added adding addition additional
adequate adjacent adjust adjusted adjusting adjustment adjusts agree agreed agrees aim alike allow allowed allowing
allows alone alternate alternated alternately alternating ambiguous analyse analysed analyses analysis answer answered
answering answers appear appeared appears applied applies apply appreciable arise arises arose ask asked asking assign
assigned assigning assignment assigns assume assumed assumes assuming assumption assumptions attributable attribute
attributed autocorrelation available average averaged averages avoid balance balanced base based baseline basis
bayesian became become becomes began begin beginning begins believe believed belong belongs bias biased block blocks
breakfast briefly bring brings brought calculate calculated calculation calculations calendar call called calls
candidate care carefully carry carryover case cases caveat central chain chains chance check checked checking checks
choice choices choose chooses choosing chose chosen circumstance circumstances clear clearer clearly close closed
closely closer coin collect collected collecting collection come comes coming common compare compared compares
comparing comparison comparisons compatible compensate complete computation compute computed computer concern
concerned concerning concerns conclude concluded concludes conclusion conclusions concurrent condition conditional
conditions confidence confounded confounder confounders confounding consequence consequently consider considered
considering consistent contain contained contains contrast control controlled controls converge converged convergence
correct correctly count counted counterfactual counts cover covered covers credibility credible curve daily data date
dates day days decide decided decides decision decisions decisive declared define defined definition definitive delay
delayed delays density depend depended depends describe described describes description design designed detail details
determine determined device diagnostic diagnostics diary differ different directed direction directions directly
disagree disagreed disagreement distinguish distinguished distribution divergent doubt doubtful draw drawn draws drift
earlier end ended ends entirely equal equally equivalence equivalent error errors especially establish established
estimate estimated estimates estimating estimation evening evenly everyday evidence exact exactly example exclude
excluded excludes excluding expect expected expects experienced experiment experimental explanation exposed exposure
exposures extend extended extra factor factors fail failed failing fails fair fairly favour favourable favours feature
fewer figure figures finding findings finish firm firmer firmly first fit fits fitted fitting flip flipped follow
following form found frequency frequent frequently fully further gap gaps gate gates gather gathered gathering gauge
gave general get gets getting give given gives giving go goes going gone graph graphs group grouped guess habit habits
half hand happen happens hard held help here hidden history hold holding holdout holds honest honestly hour however
hypothesis idea identification identified identify illness image imbalance implied implies imply improve in include
included includes including incompatible inconclusive inconsistent independent indicate indicated indicates indicator
infer inference inferred influence influences information informative inside insight insufficient interpret
interpretation interpreted interval intervals intervention interventions judge judged justified keep keeping keeps
kept kind know knowing knowledge known knows lack lacked lacks lag lagged largely last lasting later leaning learn
learned learning learnt leave leaves leaving left length lengthen let level levels lie lies life light likelihood
likely limit limited limits line list live lived living log long longer look looked looking looks lower made main
mainly make makes making margin mark match matched matter mattered matters mean meaning meaningful meaningfully means
meant measure measured measurement measurements measures memory merely met method middle missing mixed mode model
modelled models moment month morning name named namely names narrow narrowed narrower narrows nature need needed needs
negligible new night noise normal note noted notes noticeable null number numbers objective observation observational
observations observe observed observes obtain obtained occasion occasions occur occurred occurring occurs open
opposite order ordinary original outcome outcomes overlap paired pairs part particular particularly partly parts pass
passed passes past path paths pattern patterns percentile period periods person place placed plain plainly plan
planned plans plausible plausibly point points pool pooled possibility possible posterior practical practically
practice precise precisely precision prediction predictions presence present previous prior probability probable
probably procedure process produce produced properly provide provided provides quantile quantiles quantity query
question questions random randomisation randomised randomization randomized randomly range ranged ranges ranging rate
rates reach reached reaches read reading readings reason reasonable reasonably reasons record recorded recording
records region regular rejected related relevant reliable relied relies rely remain remained remaining remains
remember repeat repeated repeating repetition repetitions replicate replicated replication report reported reports
represent require required requirement requirements requires respect rest rested resting rests result resulting
results reveal revealed review right routine routines rule ruled rules run running runs said sample sampled sampler
sampling say saying says schedule season seasonal second section see seen select selected sense sensitivity separate
separated separately separation sequence series serious set sets settle settled settles share short should show showed
showing shown shows side sides sign signs similar similarly simple simply single situation size sizes slow slowly
small so sort source sources space speak speaks specific specified spoil spoiled spoils spread stable stage stand
standing stands start started starts state stated statement statements states statistical step steps stick stood stop
straight strategy strictly study subject suffice sufficient suggest suggested suggests sum summarised summary support
supported supports sure switch switched switches switching system systematic take taken takes taking talk technically
tell telling tells tentative tentatively term terms test tested testing tests text thing things think thought
threshold thresholds tie time times told took track trend trial trials true trust trusted trustworthy try trying turn
turned turns type typical typically unaccounted unbiased uncertain uncertainty unclear uncontrolled undecided
underlying understand understood undetermined unequal unexplained unidentified unit units unknown unlikely unmeasured
unobserved unrecorded unresolved unrolled unsettled untouched use used useful uses using usual usually valid validity
value values variable variables variation varied varies vary varying verdict version view wait waiting want wanted
watch way ways week weekday weekdays weeks weigh weighed weight weights well went whatever wide wider width winter
wise withheld word words work worth worthwhile write written wrong year yes
"""
_JUDGED = """
absent acted acts affect affected affecting affects alter altered alters associated association barely boost boosted
boosts causal causally cause caused causes causing certain change changed changes changing climb climbed climbs
connected connection contribute contributed contributes correlated correlation cut decline declined declines decrease
decreased decreases decreasing difference differences diminish diminished downward downwards drive driven drives
driving drop dropped drops effect effects elevate elevated explain explained explains fail fall fallen falling falls
far fell gain gained grew grow grown grows hardly heightened higher impact impacts increase increased increases
increasing influenced influencing lead leading leads led less lift lifted link linked links lowered lowering lowers
minus modified modify move moved moves negative negatively plus positive positively raise raised raises raising rarely
reduce reduced reduces reducing reduction relation relationship rise risen rises rising role rose scarcely seldom
shift shifted shifts shrank shrink shrunk stay stayed stays unable unaffected unaltered unchanged upward upwards zero
zeros
"""
VOCABULARY = frozenset(f"{_GRAMMAR} {_RECORD} {_JUDGED}".split())
