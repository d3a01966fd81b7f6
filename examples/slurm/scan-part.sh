#!/bin/bash
#SBATCH --job-name=blemish-part
#SBATCH --cpus-per-task=4
#SBATCH --mem=4G
#SBATCH --time=12:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
# Two minutes before the time is up, scan is asked to stop: it finishes the CCDs at hand.
#SBATCH --signal=B:TERM@120
#
# One part of a scan: scan-part.sh DATA OUT N [options of blemish scan]. See submit.sh.
set -uo pipefail
data=$1 out=$2 parts=$3
shift 3
most_restarts=20

# --resume costs nothing where there is nothing to resume; after a crash, a requeue or a second submit it does the rest.
${BLEMISH:-blemish} scan "$data" --out "$out/parts/$SLURM_ARRAY_TASK_ID" --shard "$SLURM_ARRAY_TASK_ID/$parts" \
  --threads "${SLURM_CPUS_PER_TASK:-1}" --resume "$@" &
scan=$!
trap 'kill -TERM $scan 2>/dev/null' TERM
wait $scan
code=$?
# A signal ends the first wait; the scan itself ends a little later.
while kill -0 $scan 2>/dev/null; do
  wait $scan
  code=$?
done

case $code in
  # 1: some files failed; they are named in the merged report.
  0 | 1) exit 0 ;;
  # 130: stopped before its end, here by the time limit. Go on in a new slot.
  130)
    if [ "${SLURM_RESTART_COUNT:-0}" -lt $most_restarts ]; then
      echo "part $SLURM_ARRAY_TASK_ID of $parts is not through: queued again"
      scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60
    fi
    exit 130
    ;;
  *) exit $code ;;
esac
