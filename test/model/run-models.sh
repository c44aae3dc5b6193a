#!/usr/bin/env bash
# Checks the models with spin, exhaustively: the correct ones must have no error, every mutant must
# have one. `live` is about what must happen in the end, provided that nobody is kept from going on for
# ever; everything else about what must never happen. Needs spin and a C compiler.
#   bash test/model/run-models.sh [--deep] [--record] [MODEL...]      MODEL: ring, doorbell, ready, pipe, term, death, body, conflate
#     --deep    larger ones too, with up to 12 GB
#     --record  keeps the results in docs/results/proof/models.json
set -u -o pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

readonly DEPTH=2000000
memory_mb=3000
passed=0
failed=0
deep=false
record=false
models=()
for argument; do
  case $argument in
    --deep) deep=true memory_mb=12000 ;;
    --record) record=true ;;
    *) models+=("$argument") ;;
  esac
done
only=" ${models[*]} "

# check correct|mutant never|live MODEL [-DFLAG...]
check() {
  local expected=$1 kind=$2 model=$3 name verdict states started seconds errors optimize=-O2
  local -a claim=() compile=(-DSAFETY) search=()
  shift 3
  [[ $only == "  " || $only == *" $model "* ]] || return 0
  name="$model $*"
  if [[ $kind == live ]]; then
    name="live: $name"
    claim=(-DLIVE)
    compile=(-DNFAIR=3)
    # -a: cycles that never come to what must happen; -f: those in which each process that can go on does.
    search=(-a -f)
  fi
  # A mutant is found within few states: compiling takes longer than searching.
  [[ $expected == mutant ]] && optimize=-O0
  started=$(date +%s%N)
  (
    mkdir "$scratch/build" && cd "$scratch/build" && cp "$here/$model.pml" . &&
      spin "${claim[@]}" "$@" -a "$model.pml" &&
      cc $optimize "${compile[@]}" -DMEMLIM=$memory_mb -o pan pan.c && ./pan "${search[@]}" -m$DEPTH
  ) >"$scratch/log" 2>&1
  seconds=$(awk "BEGIN { printf \"%.1f\", ($(date +%s%N) - $started) / 1e9 }")
  rm -rf "$scratch/build"
  errors=$(grep -oP 'errors: \K[0-9]+' "$scratch/log")
  states=$(grep -oP '^ *\K[0-9.e+]+(?= states, stored)' "$scratch/log" || echo -)
  verdict=FAILED
  if [[ $expected == mutant ]]; then
    [[ ${errors:-0} -gt 0 ]] && verdict=killed
  elif [[ $errors == 0 ]] && ! grep -qE 'max search depth too small|out of memory|Search not completed|interrupted' "$scratch/log"; then
    verdict=proven
  fi
  printf '%-44s %12s %8s  %s\n' "$name" "$states" "$seconds" "$verdict"
  printf '%s\t%s\t%s\t%s\t%s\n' "$expected" "$name" "$states" "$seconds" "$verdict" >>"$scratch/rows"
  if [[ $verdict == FAILED ]]; then
    failed=$((failed + 1))
    tail -n 20 "$scratch/log"
  else
    passed=$((passed + 1))
  fi
}

correct() { check correct never "$@"; }
live() { check correct live "$@"; }
larger() { if [[ $deep == true ]]; then correct "$@"; fi; }
largerLive() { if [[ $deep == true ]]; then live "$@"; fi; }
mutants() {
  local model=$1 flag
  shift
  for flag in "$@"; do
    # shellcheck disable=SC2086 # a mutant may need more than one flag
    check mutant never "$model" $flag
  done
}
livelocks() {
  local model=$1 flag
  shift
  for flag in "$@"; do
    # shellcheck disable=SC2086 # a mutant may need more than one flag
    check mutant live "$model" $flag
  done
}

printf '%-44s %12s %8s  %s\n' model states seconds verdict

correct ring
larger ring -DMESSAGES=7
mutants ring -DM_FREEATEND -DM_TAILFIRST -DM_LINKFIRST -DM_ENDLATE -DM_LINKLATE -DM_NOCARRY

correct doorbell
correct doorbell -DDEATH -DPUSHES=1 -DEVENTS_OWN=1
larger doorbell -DPUSHES=3 -DEVENTS_OWN=3
larger doorbell -DDEATH -DPUSHES=2 -DEVENTS_OWN=1
live doorbell -DPUSHES=1 -DEVENTS_OWN=1
largerLive doorbell -DDEATH -DPUSHES=1 -DEVENTS_OWN=0
largerLive doorbell
livelocks doorbell '-DPUSHES=1 -DEVENTS_OWN=1 -DM_RETURNEDUNSEEN' '-DDEATH -DPUSHES=1 -DEVENTS_OWN=0 -DM_DEATHUNSEEN'
mutants doorbell -DM_FLAGLATE -DM_BELLLATE -DM_NOBELL -DM_NORECHECK -DM_FLAGFIRST -DM_NOTIFYONE \
  '-DDEATH -DPUSHES=1 -DEVENTS_OWN=1 -DM_SUPERVISORRINGS' '-DDEATH -DPUSHES=1 -DEVENTS_OWN=1 -DM_SUPERVISORSILENT'

correct ready
correct ready -DTERM -DMESSAGES=1
correct ready -DRAISE
larger ready -DPRODUCERS=3 -DMESSAGES=1
live ready -DMESSAGES=1
live ready -DTERM -DMESSAGES=1
livelocks ready '-DTERM -DM_STATEUNHEEDED'
mutants ready -DM_NOCAS -DM_LOOKFIRST -DM_RINGFIRST '-DHWM=2 -DM_NEXTLATE' -DM_RESTPLAIN -DM_RESTALONE \
  -DM_WAKEPLAIN -DM_LOOKSAWAY \
  -DM_STARVENORECHECK '-DMESSAGES=3 -DM_STARVEPLAIN' -DM_ROOMFIRST '-DTERM -DM_TERMSILENT' '-DTERM -DM_NOSTATECHECK' \
  '-DRAISE -DM_MARKNORECHECK'

correct pipe
larger pipe -DMESSAGES=3
mutants pipe -DM_NEWESTFIRST -DM_JOINPLAIN -DM_JOINEXCHANGE -DM_JOINLATE -DM_SIGNALAFTEREND -DM_FREEONEND \
  -DM_RETURNEDEARLY -DM_SEGMENTSEARLY -DM_NOTATWORK -DM_RELEASEAFTEREND

correct term
larger term -DIMPATIENT -DTERMINATORS=2
mutants term -DM_RINGFIRST -DM_SILENT -DM_LOOKFIRST -DM_NOUNCOUNT -DM_CLOSEFIRST -DM_CLOSESILENT \
  -DM_ANSWERFIRST -DM_ANSWERSILENT -DM_FLUSHSILENT -DM_SOCKETSLAST -DM_SERVEDFIRST -DM_BELLLATE -DM_SLOTFIRST \
  -DM_SLOTSILENT '-DIMPATIENT -DTERMINATORS=2 -DM_WAITFORQUIET'

correct death
larger death -DCALLS=4
mutants death -DM_NOFIRSTROUND -DM_ONEROUND -DM_NOUNBIND -DM_NOCHECK -DM_NOHOLDS -DM_SEENFIRST -DM_MIDCALL -DM_LISTUNSEEN

correct body
mutants body -DM_HANDLATE -DM_NOHANDS -DM_HANDSFIRST -DM_ONERING -DM_DEADHANDS -DM_NOSEAL -DM_EARLYLET \
  -DM_COUNTFIRST -DM_COUNTLAST

correct conflate
correct conflate -DDEATH
larger conflate -DDEATH -DMESSAGES=9
mutants conflate -DM_PUTPLAIN -DM_TAKEPLAIN -DM_CELLLATE -DM_TWOCELLS -DM_TICKETFIRST -DM_TICKETSALL -DM_NOTICKET \
  -DM_HEADFIRST -DM_FREETAKEN

printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0)) || exit 1
if [[ $record == true ]]; then
  node "$here/../../scripts/record-models.mjs" "$deep" "$(spin -V)" <"$scratch/rows"
fi
