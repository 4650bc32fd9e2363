/* SPDX-License-Identifier: ISC */
#include "cli/commands.h"

const struct cli_command cli_commands[] = {
    {"init", cmd_init, N_("make a home with keys for a party"), "",
     N_("detente init CODE NAME\n\n"
        "Makes the home of a party: its root key, the key of this node, its card. CODE is 2 to 8\n"
        "of A-Z and 0-9. Asks for the passphrase of the root key, then for the node's; an empty\n"
        "one lets the node start unattended, guarded by the file's mode alone. With\n"
        "--passphrase-file the first line is the root's, the second the node's.\n\n"
        "  detente init NORD \"Nordic Command\" --home /var/lib/detente\n")},
    {"card", cmd_card, N_("show our card, change what it says, check another's"),
     "endpoint= contact= output=",
     N_("detente card [show]\n"
        "detente card --endpoint udp:ADDRESS:PORT --contact KIND:TEXT …   (asks for the root key)\n"
        "detente card check FILE\n"
        "detente card export [-o FILE]\n\n"
        "The card is what another party needs to find and know us. Kinds of contact: tel, sat,\n"
        "freq, mail; they are the way back when the line is down.\n\n"
        "  detente card --endpoint udp:192.0.2.1:7100 --contact tel:+99123456\n")},
    {"pair", cmd_pair, N_("get to know another party"), "secret= live",
     N_("detente pair CARD [--secret FILE]\n"
        "detente pair CARD --live\n\n"
        "Takes a card that came by a way you trust. --secret names a file with 32 random bytes\n"
        "that were handed over in person; without it the link is not protected against a later\n"
        "quantum adversary. --live opens a window of 10 minutes in which both sides see a code\n"
        "to be compared by voice.\n")},
    {"peers", cmd_peers, N_("the parties we know, their keys and telephones"), "",
     N_("detente peers\n\nWho is paired with us, and how to reach them when the line is down.\n")},
    {"operator", cmd_operator, N_("officers: add, list, unlock for a watch, lock"), "number= stay",
     N_("detente operator add ROLE [--number N]\n"
        "detente operator list\n"
        "detente operator unlock N\n"
        "detente operator lock [N] [--stay]\n\n"
        "An officer has a number, a role and a key of his own; names stay at home. Unlocked at\n"
        "the start of a watch, the key serves for 12 hours, so that CHECK FIRE needs no\n"
        "passphrase. With --passphrase-file, add takes the root's and then the officer's.\n"
        "Locking the last officer ends the watch: the others see that nobody is at the desk.\n"
        "--stay: somebody stays at the locked desk, and the watch goes on.\n\n"
        "  detente operator add \"Watch officer\"\n")},
    {"revoke", cmd_revoke, N_("declare an officer's or a node's key lost"), "reason= all last-good=",
     N_("detente revoke operator N --reason TEXT [--all]\n"
        "detente revoke node N --reason TEXT [--all | --last-good ID]\n\n"
        "Says on all our lines that the key is not to be trusted from now on. What it signed\n"
        "before stays good: the revocation names how far our logs have come. If the key was\n"
        "lost earlier, --all puts all it ever signed in doubt. --last-good names the last record of a\n"
        "stolen node that is ours. The others' nodes refuse its sessions from then on.\n")},
    {"line", cmd_line, N_("lines: create, accept, list, show, succeed, carry, leave, suspend, resume"),
     "title= class= member= without= card= force= guarantee= rule= stale= flash-budget= two-officers= "
     "test-period= watch-length= attempts= deadlines= lead= output= draft yes text= second=",
     N_("detente line create --title TEXT --member CARD … [--class exercise] [--force CODE=NAME]\n"
        "        [--guarantee CODE=NAME] [--rule A,B,lateral m,vertical m,minutes,severity]\n"
        "        [--stale MINUTES] [--flash-budget N] [--two-officers flash,fires,suspend]\n"
        "        [--deadlines 3min,15min,2h,12h] [--attempts 100,150,200,250,300,350]\n"
        "        [--test-period SECONDS] [--watch-length HOURS] [--lead MOVEMENT=48h,FLIGHT=24h]\n"
        "        [-o FILE] [--draft]\n"
        "detente line accept FILE [--card CARD …] [--yes]\n"
        "detente line succeed --line OLD [--member CARD …] [--without CODE …] [as for create]\n"
        "detente line carry --line NEW\n"
        "detente line list | show\n"
        "detente line leave | suspend [--text TEXT] | resume [--second M]\n\n"
        "A line is an agreement: its charter names members, their forces and the separations\n"
        "that count as conflict. Nobody can be added later: a changed membership is a new line.\n"
        "succeed writes the charter of one that follows OLD: its members, rules and settings with\n"
        "what you change. Once all have accepted, new messages and notices go there; what is open\n"
        "stays open on OLD. carry notifies our notices that go on on NEW, too.\n"
        "--guarantee names a force that is not on the line and for which the member answers.\n"
        "--two-officers: what a second officer must release. --deadlines: by when FLASH, IMMEDIATE,\n"
        "PRIORITY and ROUTINE are to be acknowledged; --attempts: when, in hundredths of that, the\n"
        "same desk, another path, deputy, duty director, guarantor, intermediary are tried.\n\n"
        "  detente line create --title \"River line\" --class exercise --member sued.card \\\n"
        "          --force \"NORD=1st Brigade\" --guarantee \"SUED=Hill Militia\" -o river.charter\n")},
    {"node", cmd_node, N_("run our node"), "listen= mtu= quiet trust-clock no-human-tests alarm-exec=",
     N_("detente node --listen udp:ADDRESS:PORT … [--mtu BYTES] [--quiet]\n"
        "        [--trust-clock] [--alarm-exec PROGRAM] [--no-human-tests]\n\n"
        "Runs in the foreground until it is told to stop; what happens is written to stderr.\n"
        "Strangers get no answer from it. It does not start with a clock that is far from when\n"
        "this home was last in use; --trust-clock says that the clock is right now.\n\n"
        "PROGRAM runs while something of PRIORITY or higher, or a check-fire, waits for one of\n"
        "our officers, again and again until it is acknowledged; it is told id, precedence, kind,\n"
        "sender, class, and what the sender has tried. `status` says when it fails.\n\n"
        "Once a watch it asks the other side's people whether somebody is there, as `test send`\n"
        "does; --no-human-tests leaves that out on exercise lines, and on no others.\n\n"
        "  detente node --listen udp:0.0.0.0:7100 --listen 'udp:[::]:7100'\n")},
    {"desk", cmd_desk, N_("the screen of a watch: alarms, who is there, what waits"), "",
     N_("detente desk\n\n"
        "Full screen, 80 x 24 or more, for a console, a terminal or ssh. What waits, most urgent\n"
        "first; our node, their node and link, their desk; what of ours is not acknowledged or not\n"
        "passed on. FLASH and CHECK FIRE take the screen and sound until somebody acts.\n"
        "F9 F9 Enter calls CHECK FIRE; F5, a digit, Enter answers one. F1 explains the keys;\n"
        "without function keys: Esc, then the digit. It works without an unlocked officer too:\n"
        "then it sounds, shows what is not sealed, and may answer a CHECK FIRE unnamed.\n")},
    {"watch", cmd_watch, N_("take the watch, hand it over, leave it"),
     "until= desk= second= accept=",
     N_("detente watch take [--as N] [--until TIME] [--desk NAME]\n"
        "detente watch alarm                    play it again\n"
        "detente watch heard|not-heard          was the alarm heard that was played?\n"
        "detente watch hand-over --as N --second M --accept ID [--accept ID …]\n"
        "        [--until TIME] [--desk NAME]\n"
        "detente watch leave [--as N]\n\n"
        "On every line, or on that of --line. Both officers of a hand-over must be unlocked here;\n"
        "what waits for us, CHECK FIREs that stand and what of ours nobody has answered must each\n"
        "be accepted by name. leave needs no officer. The watch lasts at most as long as the\n"
        "charter says, and no longer than the officer's key is unlocked.\n\n"
        "At take and hand-over the node plays its alarm (--alarm-exec), kind TEST: say whether you\n"
        "heard it. After not-heard our own status says so until it was heard.\n")},
    {"status", cmd_status, N_("three lights: our node, their node, their desk"), "",
     N_("detente status\n\nOur node, the nodes and desks of the others, the logs held, and how many "
        "items wait for\nan officer.\n")},
    {"send", cmd_send, N_("send a message"),
     "to= precedence= class= no-duff lang= re= subject= second= yes wait wait-ack timeout=",
     N_("detente send [--to CODE,CODE] [--precedence FLASH|IMMEDIATE|PRIORITY|ROUTINE]\n"
        "        [--class exercise|test|drill | --no-duff] [--lang TAG] [--re ID]\n"
        "        [--subject distress|warning|accident] [--second M] [--yes]\n"
        "        [--wait | --wait-ack [--timeout SECONDS]] TEXT|-\n\n"
        "The text is sealed to its addressees (all members without --to). What goes out, and who\n"
        "will be able to read it, is read back first; on a terminal you are asked, without --yes.\n"
        "Where the charter asks two officers for FLASH, it becomes a draft that another releases\n"
        "(detente release), or both sign here: --as N --second M. A subject is seen by the whole\n"
        "line; what warns of danger or asks for help always needs one officer only.\n"
        "On an exercise line --no-duff says: this is real, and no part of the exercise.\n"
        "--wait returns when every addressee's node has stored it: that is a machine's\n"
        "receipt, not an acknowledgement. After --timeout (30 s) it says who has, status 7.\n"
        "--wait-ack waits for their officers' acknowledgements instead; a FLASH that nobody has\n"
        "acknowledged after 30 s shows whom to call, and the sentence to read with the spoken id.\n\n"
        "  detente send --to SUED --precedence PRIORITY \"Bridge 4 is closed from 14:00Z\"\n")},
    {"unanswered", cmd_unanswered, N_("who has not acknowledged, which forces are not told"), "",
     N_("detente unanswered\n\n"
        "What of ours no officer of an addressee has acknowledged: how old, by when it was due,\n"
        "which steps were tried. Then, for our notices and CHECK FIRE that still matter, each force\n"
        "of the charter that has not been told, by what its member says.\n")},
    {"test", cmd_test, N_("ask whether a person is there; answer, decline"), "to= text= class=",
     N_("detente test send [--to CODE,CODE]\n"
        "detente test answer ID [--as N]\n"
        "detente test decline ID [--text TEXT]\n"
        "        [--class CLASS]\n\n"
        "An answer is an officer's; its deadline is that of IMMEDIATE. Missed once is amber, twice\n"
        "red, three times in a row a record. `status` tells a declined test from a missed one.\n")},
    {"roster", cmd_roster, N_("who has which duty, and his telephone"), "from= to= step=",
     N_("detente roster add ROLE NAME CONTACT [--from TIME] [--to TIME]\n"
        "detente roster list [--step ROLE]       with --step: who has it now\n"
        "detente roster remove ROLE NAME\n\n"
        "A file of this home, for its owner only: names never go on the line. The steps of an\n"
        "escalation are roles: deputy, duty-director. An alarm program that is told STEP can ask\n"
        "`detente roster list --step deputy`.\n\n"
        "  detente roster add deputy \"B. Example\" \"tel:+99 555 0102\"\n")},
    {"release", cmd_release, N_("the second officer: read a draft back, and release it"),
     "officer= yes drop",
     N_("detente release                       drafts that wait, read back in full\n"
        "detente release DRAFT [--officer N] [--yes]\n"
        "detente release DRAFT --drop          wipe it\n\n"
        "Where the charter asks for two officers, the first one's command leaves a draft: in plain\n"
        "text, in drafts/ of this home, for its owner only, for a day at most. Another officer\n"
        "reads it back - the words, to whom, who will be able to read it - and signs too; the\n"
        "first cannot release it alone. Its time is when the first signed. Afterwards it is wiped.\n")},
    {"inbox", cmd_inbox, N_("what waits for an officer"), "follow all limit=",
     N_("detente inbox [--all] [--limit N] [--follow]\n\n"
        "What waits for an officer, most urgent first; --all shows the rest too. --follow goes\n"
        "on with records, receipts, conflicts and alarms as they come.\n")},
    {"show", cmd_show, N_("one record, and how far it has come with each party"), "",
     N_("detente show ID\n\n"
        "The record, and for each party: stored (by its node), shown (to somebody at a desk),\n"
        "ACKNOWLEDGED (by an officer), passed on (a claim, force by force), position.\n")},
    {"ack", cmd_ack, N_("acknowledge a record as an officer"),
     "class= by-voice= heard-by= paper= for= at= said= text=",
     N_("detente ack ID [--as N] [--class CLASS]\n"
        "detente ack ID --by-voice WHO --heard-by N [--for CODE] [--at TIME]\n"
        "        [--said acknowledged|passed-on|refused] [--text TEXT]\n"
        "detente ack ID --paper WHO …\n\n"
        "Signed by an unlocked officer. It names this exact version of the record.\n"
        "--by-voice and --paper report what the other side said of a record of ours: who spoke\n"
        "or signed the slip, which of our officers heard it. It is shown as reported by us, not\n"
        "signed by them, never as acknowledged, and nothing stops being tried for it.\n\n"
        "  detente ack NORD.1-42-k7qm --by-voice \"duty officer, Sued Air\" --heard-by 1\n")},
    {"passed-on", cmd_passed_on, N_("say to which force it was passed on"),
     "force= units= class=",
     N_("detente passed-on ID --force NAME --units n/m\n"
        "detente passed-on ID --force NAME refused|unreachable|will-not-say\n"
        "        [--class CLASS]\n\n"
        "Our claim about a force that the line's charter names.\n\n"
        "  detente passed-on NORD.1-42-k7qm --force \"Hill Militia\" --units 3/4\n")},
    {"position", cmd_position, N_("say what we think of a notice or message"), "text= class=",
     N_("detente position ID no-objection|objection|change-requested|declined [--text TEXT]\n"
        "        [--class CLASS]\n\n"
        "No objection is not a permission.\n")},
    {"check-fire", cmd_check_fire, N_("stop firing: at once, by any officer"),
     "what= since= own-people class= no-duff",
     N_("detente check-fire area LAT,LON,RADIUS [--what TEXT] [--since TIME] [--own-people]\n"
        "detente check-fire near ID …\n"
        "detente check-fire everywhere … [--class CLASS | --no-duff]\n\n"
        "FLASH to the whole line; on an exercise line --no-duff says that it is real. Places as decimal degrees, degrees minutes seconds, or MGRS;\n"
        "the radius in metres, or with km behind it. Times in UTC: 2026-02-26T14:00Z, 261400ZFEB26.\n\n"
        "  detente check-fire area 37SCV2001499494,500 --what \"our convoy\" --own-people\n")},
    {"answer", cmd_answer, N_("answer a check fire"), "at= reason= class=",
     N_("detente answer ID passed\n"
        "detente answer ID stopped [--at TIME]\n"
        "detente answer ID not-ours\n"
        "detente answer ID cannot --reason TEXT\n"
        "        [--class CLASS]\n\n"
        "Each as soon as it is true, one after the other: passed to the units; firing has stopped\n"
        "(--at: when); not our fire; we cannot, and why. An answer does not lift the check fire.\n")},
    {"name", cmd_name, N_("stand for an answer that a locked desk gave"), "class=",
     N_("detente name ID [--as N] [--class CLASS]\n\n"
        "ID is of the CHECK FIRE, or of our answer to it that no officer signed. Says who it was,\n"
        "and acknowledges the CHECK FIRE.\n")},
    {"recall", cmd_recall, N_("say that our check fire was a mistake"), "text= class=",
     N_("detente recall ID [--text TEXT] [--class CLASS]\n\nIt removes nothing: the check fire stands until it is "
        "lifted.\n")},
    {"lift", cmd_lift, N_("lift our check fire, by two officers"), "second= class=",
     N_("detente lift ID --as N --second M [--class CLASS]\n\nBoth officers must be unlocked here.\n")},
    {"notice", cmd_notice, N_("notices: check, add, list, amend, end, delay, cancel, outcome, sheet"),
     "to= precedence= class= lang= all end= wait timeout= far-away decimal-degrees that-high that-large that-fast "
     "that-duration not-closed short-notice times-are-utc no-cells past signed second= yes "
     "output= tier= by= at= what= member= words= minutes= text= "
     "category= request= title= start= radius= width= alt-lower= alt-upper= alt-datum= schedule= speed=",
     N_("detente notice check FILE|-      what it would come too close to; nothing is sent\n"
        "detente notice add FILE|-        one notice for each feature, point or row of a file\n"
        "        [--to CODE,CODE] [--precedence WORD] [--class CLASS] [--lang TAG]\n"
        "        [--no-cells] [--past] [--second M] [--yes] [--schedule RULE] [--speed SPEED]\n"
        "        [--signed] [--tier CODE=existence|cell|shape|exact,...,others=TIER]\n"
        "        [--wait [--timeout SECONDS]]\n"
        "        [--category WORD] [--request WORD] [--title TEXT] [--start TIME] [--end TIME]\n"
        "        [--radius LENGTH] [--width LENGTH] [--alt-lower HEIGHT] [--alt-upper HEIGHT]\n"
        "        [--alt-datum SFC|AMSL|WGS84|FL]    for what the file does not say itself\n"
        "detente notice list [--all]\n"
        "detente notice show ID\n"
        "detente notice amend ID FILE|- [--to CODE,CODE] [--tier ...]\n"
        "detente notice started|end|arrived|cancel ID\n"
        "detente notice delay ID --end TIME\n"
        "detente notice position ID PLACE [--at TIME] [--far-away]    where our convoy is\n"
        "detente notice confirm ID       a site is still there: every 90 days, or it reads stale\n"
        "detente notice outcome ID facilitated|delayed|impeded|denied|withdrawn|struck\n"
        "        [--minutes N] [--text TEXT]     how it went, by our account\n"
        "detente notice sheet ID [-o FILE.pdf|.svg|.png|.txt] [--tier existence|cell|shape|exact]\n"
        "detente notice returned ID --by WHO --at TIME [--what acknowledged|passed-on|refused]\n"
        "        [--member CODE] [--words TEXT]\n"
        "detente notice returned FILE.csv\n\n"
        "Read by content, not by name: GeoJSON, CSV with a header, places one a line (degrees,\n"
        "UTM, MGRS), GPX, KML, Cursor-on-Target, NOTAM. LENGTH is like 500m or 2NM, HEIGHT like\n"
        "GND, FL100 or 2000ft, TIME like 2026-02-26T14:00Z or 261400ZFEB26.\n\n"
        "GeoJSON as QGIS and geojson.io write it, in EPSG:4326: Point with radius_m, LineString\n"
        "with width_m, Polygon, MultiPolygon. Properties: category, request, title, start, end,\n"
        "and text, lang, alt_lower_m, alt_upper_m, alt_datum, h_acc_m, v_acc_m, schedule, speed,\n"
        "movement, legs, id. docs/cli.md has all of it. A notice is not a permission. The same\n"
        "file twice changes nothing: a feature whose id and content were notified before is passed\n"
        "over. What is over already is refused without --past.\n\n"
        "What looks like a slip is refused, with the option that confirms it: --far-away,\n"
        "--decimal-degrees, --that-high, --that-large, --that-fast, --that-duration,\n"
        "--not-closed, --short-notice (than the charter's), --times-are-utc.\n\n"
        "--tier tells each member as much as named: addressees everything and the others cells\n"
        "where nothing is said. --signed has an officer release it. See detente disclose.\n\n"
        "sheet makes one page in English and French, with a return slip; it discloses the tier\n"
        "named and nothing above it (cells without --tier). returned takes down what came back\n"
        "on paper, or as a file with the columns id,by,at,what,member,words: reported by us,\n"
        "unsigned by them, and never an acknowledgement.\n\n"
        "  detente notice check convoy.geojson && detente notice add convoy.geojson\n")},
    {"plan", cmd_plan, N_("own plans that nobody was told of: add, list, check, drop"),
     "lang= far-away decimal-degrees that-high that-large that-fast that-duration not-closed "
     "times-are-utc no-cells past category= request= title= start= end= radius= width= alt-lower= "
     "alt-upper= alt-datum= schedule= speed=",
     N_("detente plan add FILE|-     keeps what notice add would notify; as there:\n"
        "        [--category WORD] [--request WORD] [--title TEXT] [--start TIME] [--end TIME]\n"
        "        [--radius LENGTH] [--width LENGTH] [--alt-lower HEIGHT] [--alt-upper HEIGHT]\n"
        "        [--alt-datum SFC|AMSL|WGS84|FL] [--schedule RULE] [--speed SPEED] [--lang TAG]\n"
        "        [--no-cells] [--past] [--far-away] [--decimal-degrees] [--that-high]\n"
        "        [--that-large] [--that-fast] [--that-duration] [--not-closed] [--times-are-utc]\n"
        "detente plan list\n"
        "detente plan check NAME     what it comes too close to now\n"
        "detente plan drop NAME\n\n"
        "A plan stays here: in no log, in no message, in no backup; sealed on this disk, and\n"
        "forgotten a day after its end (a movement: a week). The node compares it whenever a\n"
        "notice comes or changes. What newly comes too close to it is an alarm at our desks,\n"
        "and of --alarm-exec, until an officer has looked with plan check.\n\n"
        "  detente plan add raid.geojson\n")},
    {"conflicts", cmd_conflicts, N_("what comes too close to what"), "follow",
     N_("detente conflicts [--follow]\n\n"
        "Exit status 5 when there are any, 4 when what is known of the others is too old.\n")},
    {"disclose", cmd_disclose, N_("tell one member more of a notice"),
     "to= tier= expires= auto= area= per-day= yes class=",
     N_("detente disclose ID --to CODE --tier cell|shape|exact [--expires TIME] [--yes]\n"
        "        [--class CLASS]\n"
        "detente disclose ID --auto cell|shape --area KM2 --per-day N\n"
        "detente disclose ID --auto off\n\n"
        "An officer gives a member the key of a tier and of those below it, until --expires (a\n"
        "week after the notice's end). Who has opened it may have kept it.\n"
        "--auto has this node do it by itself, never beyond the shape, where a notice that an\n"
        "officer of the other side released, and that we read exactly, comes too close to this\n"
        "one, covers at most KM2, and its side was not told N of ours this way in the last day.\n"
        "Each time is an alarm here. Without a rule nothing is ever told by itself.\n\n"
        "  detente disclose NORD.1-42-k7qm --to SUED --tier shape\n")},
    {"disclosures", cmd_disclosures, N_("who could open our notices how far, since when"), "",
     N_("detente disclosures [ID]\n\n"
        "From the keys that we gave: each installation of each member has its own. FLAGGED is who\n"
        "came up against a rule of `disclose --auto`.\n")},
    {"conflict", cmd_conflict, N_("one conflict: show, seen, propose, accept-risk"),
     "text= amended= class= svg= to= yes",
     N_("detente conflict show ID          what became of it, and what to change\n"
        "        [--svg FILE]              and a picture: map, heights, times\n"
        "detente conflict seen ID          an officer of ours has looked at it\n"
        "detente conflict propose ID [--amended NOTICE-ID] [--text TEXT]\n"
        "detente conflict accept-risk ID [--text TEXT]\n"
        "detente conflict withdraw ID      we no longer carry that risk\n"
        "detente conflict raise ID [--text TEXT]   to whoever has not seen it\n"
        "detente conflict tell ID [--to CODE,CODE] [--yes]   sealed, to its authors or those named\n"
        "        [--class CLASS]\n\n"
        "tell is for a conflict that we see and they cannot, being told less: that two notices\n"
        "come too close, no place and no shape. The rest of the line does not learn which.\n"
        "ID is the word of four letters that both sides see, good for the telephone. What is said\n"
        "is signed by the officer and read by all members. A risk is accepted when officers of both\n"
        "sides have said so, for these two versions only. --amended names a notice of ours that\n"
        "amends the one in conflict.\n")},
    {"export", cmd_export, N_("the notices that count, for our own command system"),
     "format= to= follow stale=",
     N_("detente export --format geojson|cot|kml|gpx|csv|notam|coordinates [--to FILE|-]\n"
        "       [--follow] [--stale SECONDS]\n\n"
        "Our notices and the others', as far as they can be read here, with their number, and\n"
        "until when they may be used: --stale, 300 seconds. --follow writes again whenever\n"
        "something changed, and before that time is over. A file is replaced whole; without --to\n"
        "standard output gets one GeoJSON collection, or one CoT event, a line; the other formats\n"
        "are whole documents. While no node answers nothing is written, so what lies there runs\n"
        "out. Each says what its format cannot hold, CSV and NOTAM on standard error. GeoJSON read\n"
        "again gives the same volumes. With no officer on watch the others' shapes are cells.\n\n"
        "  detente export --follow --format cot --to /srv/maps/detente.cot.xml\n")},
    {"log", cmd_log, N_("the records of a line as they stand"), "from= limit= wid=",
     N_("detente log [--wid N] [--from SEQ] [--limit N]\n\n"
        "All records, ours and the others', oldest first. --wid: of one writer; --from: from that\n"
        "place in each log on; --limit: at most so many.\n")},
    {"blind", cmd_blind, N_("which plans of two parties share a place and hour, and nothing else"),
     "to= size= slot= decline wait timeout= output= trust= far-away decimal-degrees that-high that-large that-fast "
     "that-duration not-closed short-notice times-are-utc",
     N_("detente blind propose --to CODE [FILE …] [--size CELLS] [--slot MINUTES]\n"
        "        [--wait [--timeout SECONDS]]\n"
        "detente blind answer ID [FILE …] [--wait [--timeout SECONDS]]\n"
        "detente blind answer ID --decline\n"
        "detente blind continue ID [--wait [--timeout SECONDS]]\n"
        "detente blind [list] | show ID | give-up ID\n"
        "detente blind open ID [-o FILE]\n"
        "detente blind verify [--trust CARD …] FILE\n\n"
        "Two parties learn which of their plans are in one cell (0.1 degree) in one slot of time, and\n"
        "nothing else of the other's. FILE holds plans, as for notice add, with the same options where\n"
        "something looks like a slip (--far-away, --decimal-degrees, --that-high, --that-large,\n"
        "--that-fast, --that-duration, --not-closed, --short-notice, --times-are-utc); without one, all\n"
        "that plan add keeps for the line. An\n"
        "officer of each side must agree to each run, and a member gets at most 8 runs and 20,480\n"
        "cells a day. --size, that of both lists, is seen by all: choose it once, not by what you have.\n"
        "continue does what is due from us; --wait goes on until it is finished.\n"
        "open shows a third party what we had entered (and so what both had); verify checks that,\n"
        "offline. What shares a cell need not be in conflict, and what shares none may have been\n"
        "left out: docs/blind.md.\n\n"
        "  detente blind propose --to SUED plans.geojson --wait --timeout 3600\n")},
    {"verify", cmd_verify, N_("check every hash and signature on disk"), "",
     N_("detente verify\n\nFrom the bytes on disk, without a node: stop it first. Nothing is "
        "changed.\n")},
    {"rebuild", cmd_rebuild, N_("make the views again from the logs"), "",
     N_("detente rebuild\n\nThe digest must come out the same.\n")},
    {"report", cmd_report, N_("how well the line was watched, in figures"), "from= to= csv= svg=",
     N_("detente report [--from TIME] [--to TIME] [--csv FILE] [--svg FILE]\n\n"
        "Of the records of that time (the last 24 hours): how long until an officer acknowledged,\n"
        "by precedence; what nobody answered; tests missed; notices given after their start;\n"
        "forces not told; conflicts found before and after their start. Both sides get the same\n"
        "figures from their own logs. docs/cli.md says what each one means.\n\n"
        "  detente report --from 2026-02-26T00:00Z --to 2026-02-27T00:00Z --svg day.svg\n")},
    {"prove", cmd_prove, N_("a record as a file anyone can check"), "output= case",
     N_("detente prove ID [-o FILE]\n"
        "detente prove --case ID [-o FILE]\n\n"
        "A C2SP tlog-proof: the record, that it is in its author's log, who has stored it.\n"
        "With --case also what was said about it: receipts, acknowledgements with the officers'\n"
        "certificates, passing on, positions, answers; each with a proof of its own.\n")},
    {"verify-proof", cmd_verify_proof, N_("check such a file, offline"), "trust=",
     N_("detente verify-proof [--trust CARD …] FILE\n\n"
        "A proof or a case. Exit status 0 only if parties of --trust signed all of it; 3 if it\n"
        "is consistent but nobody said whose key that is; 1 if anything is wrong with it.\n")},
    {"bundle", cmd_bundle, N_("carry records on a stick"), "to=",
     N_("detente bundle export FILE [--to CODE]\ndetente bundle import FILE\n\n"
        "Everything protects itself: the carrier can lose it or delay it, not change it.\n")},
    {"backup", cmd_backup, N_("copy the home while the node runs"), "",
     N_("detente backup FOLDER\n\n"
        "FOLDER is new, and holds keys and texts afterwards. No node runs on it, so that no log\n"
        "is ever written twice: detente restore makes a new installation of it.\n")},
    {"restore", cmd_restore, N_("go on from a backup with a new log"), "number=",
     N_("detente restore FOLDER [--number N]\n\n"
        "A restored node never resumes an old log: it opens a new one, under the next free\n"
        "number. Of two copies of one backup the second needs a number of its own.\n")},
    {"doctor", cmd_doctor, N_("what could go wrong here"), "",
     N_("detente doctor\n\n"
        "Modes of the home, clock, disk, card, store, officers on watch, the node. Exit status 1\n"
        "if anything needs a look.\n")},
};

const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];
