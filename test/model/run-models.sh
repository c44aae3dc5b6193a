#!/usr/bin/env bash
# Checks the models with spin, exhaustively: the correct ones must have no error, every mutant must
# have one. Needs spin and a C compiler.
#   bash test/model/run-models.sh [MODEL...]       MODEL: ring, doorbell, ready, pipe, body
set -u -o pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

readonly DEPTH=2000000 MEMORY_MB=3000
passed=0
failed=0
only=" $* "

# check correct|mutant MODEL [-DFLAG...]
check() {
  local expected=$1 model=$2 name verdict states started seconds errors optimize=-O2
  shift 2
  [[ $only == "  " || $only == *" $model "* ]] || return 0
  name="$model $*"
  # A mutant is found within few states: compiling takes longer than searching.
  [[ $expected == mutant ]] && optimize=-O0
  started=$(date +%s%N)
  (
    mkdir "$scratch/build" && cd "$scratch/build" && cp "$here/$model.pml" . &&
      spin "$@" -a "$model.pml" && cc $optimize -DSAFETY -DMEMLIM=$MEMORY_MB -o pan pan.c &&
      ./pan -m$DEPTH
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
  if [[ $verdict == FAILED ]]; then
    failed=$((failed + 1))
    tail -n 20 "$scratch/log"
  else
    passed=$((passed + 1))
  fi
}

correct() { check correct "$@"; }
mutants() {
  local model=$1 flag
  shift
  for flag in "$@"; do
    # shellcheck disable=SC2086 # a mutant may need more than one flag
    check mutant "$model" $flag
  done
}

printf '%-44s %12s %8s  %s\n' model states seconds verdict

correct ring
mutants ring -DM_FREEATEND -DM_TAILFIRST -DM_LINKFIRST -DM_ENDLATE -DM_LINKLATE -DM_NOCARRY

correct doorbell
correct doorbell -DDEATH -DPUSHES=1 -DEVENTS_OWN=1
mutants doorbell -DM_FLAGLATE -DM_BELLLATE -DM_NOBELL -DM_NORECHECK -DM_FLAGFIRST -DM_NOTIFYONE \
  '-DDEATH -DPUSHES=1 -DEVENTS_OWN=1 -DM_SUPERVISORRINGS' '-DDEATH -DPUSHES=1 -DEVENTS_OWN=1 -DM_SUPERVISORSILENT'

correct ready
correct ready -DTERM -DMESSAGES=1
mutants ready -DM_NOCAS -DM_QUEUEDFIRST -DM_RINGFIRST '-DHWM=2 -DM_NEXTLATE' -DM_NORECHECK -DM_PLAINREQUEUE \
  -DM_STARVENORECHECK '-DMESSAGES=3 -DM_STARVEPLAIN' -DM_ROOMFIRST '-DTERM -DM_TERMSILENT' '-DTERM -DM_NOSTATECHECK'

correct pipe
mutants pipe -DM_NEWESTFIRST -DM_JOINPLAIN -DM_JOINEXCHANGE -DM_JOINLATE -DM_SIGNALAFTEREND -DM_FREEONEND \
  -DM_RETURNEDEARLY -DM_SEGMENTSEARLY -DM_NOTATWORK -DM_RELEASEAFTEREND

correct body
mutants body -DM_HANDLATE -DM_NOHANDS -DM_HANDSFIRST -DM_ONERING -DM_DEADHANDS -DM_NOSEAL -DM_EARLYLET \
  -DM_COUNTFIRST -DM_COUNTLAST

printf '\n%d passed, %d failed\n' "$passed" "$failed"
((failed == 0 && passed > 0))
