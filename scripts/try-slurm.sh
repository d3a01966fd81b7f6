#!/bin/bash
# Tries examples/slurm on this machine alone: a one-node Slurm cluster of Debian's packages in a temporary folder, simulated exposures in three
# parts, one of which is killed on the way and started again, against one run without Slurm. Needs root and
#
#   apt-get install slurm-wlm munge
#
# Usage: scripts/try-slurm.sh [WORK]; everything is in WORK (a new temporary folder), which is left for a look.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"/{state,spool,log}
export BLEMISH="node $root/bin/blemish.mjs"
export SLURM_CONF=$work/slurm.conf
host=$(hostname -s)
cores=$(nproc)

dd if=/dev/urandom of="$work/munge.key" bs=1 count=1024 status=none
chmod 400 "$work/munge.key"
cat > "$SLURM_CONF" <<CONF
ClusterName=try
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$work/munge.sock
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld.log
SlurmdLogFile=$work/log/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
KillWait=30
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cores RealMemory=4000
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
CONF

daemons=()
stop() { for pid in "${daemons[@]}"; do kill "$pid" 2>/dev/null || true; done; }
trap stop EXIT
start() { "$@" > "$work/log/$(basename "$1").out" 2>&1 & daemons+=($!); }
start munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.sock" \
  --pid-file="$work/munged.pid" --log-file="$work/log/munged.log" --seed-file="$work/munge.seed"
sleep 1
start slurmctld -D
sleep 2
start slurmd -D -N "$host"
for _ in $(seq 60); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 1
done
sinfo

if [ ! -e "$work/data/manifest.csv" ]; then
  $BLEMISH simulate exposures --n 7 --seed 700101 --ccds 2 --width 256 --height 256 --out "$work/data"
fi
rm -rf "$work/out" "$work/whole"
submit() {
  SBATCH_OPTIONS="--cpus-per-task=1 --mem=1000 --chdir=$work" \
    "$root/examples/slurm/submit.sh" "$work/data" "$work/out" 3 --format csv
}
drain() { while squeue -h | grep -q .; do sleep 1; done; }

begun() { until [ -e "$work/out/parts/$1/.resume/journal.jsonl" ]; do sleep 0.2; done; }

echo '== first submission: part 2 is killed when it has begun, part 3 told that its time is up'
submit | tee "$work/submitted"
array=$(sed -n 's/^parts: job \([0-9]*\).*/\1/p' "$work/submitted")
begun 2
kill -KILL "$(pgrep -f -- "--shard 2/3" | tail -1)"
begun 3
scancel --batch --signal=TERM "${array}_3"
drain
grep 'queued again' "$work/out/logs/part-3.log"
cat "$work/out/logs/merge.log"
grep -q 'part 2 of 3' "$work/out/logs/merge.log"
[ ! -e "$work/out/scan/scan.json" ]

echo '== the same line again: the part goes on, and the merge joins all'
submit
drain
tail -2 "$work/out/logs/merge.log"

echo '== against one run'
$BLEMISH scan "$work/data" --out "$work/whole" --format csv 2> /dev/null
for file in images.csv catalog.csv exposures.csv images.parquet catalog.parquet exposures.parquet; do
  cmp "$work/whole/$file" "$work/out/scan/$file"
done
diff -r "$work/whole/masks" "$work/out/scan/masks"
echo "the same tables and masks, byte for byte ($work)"
