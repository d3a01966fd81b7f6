#!/bin/bash
# Scans DATA in N parts on a Slurm cluster, and joins them into OUT/scan when all are through:
#
#   submit.sh DATA OUT N [options of blemish scan, such as --model M --format csv]
#
# Run the same line again to restart what failed or was killed: every part goes on where it stopped.
# BLEMISH is the command (default: blemish). SBATCH_OPTIONS go to every sbatch, such as "--partition=long --account=me".
set -euo pipefail
if [ $# -lt 3 ]; then
  sed -n '2,8s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
data=$1 out=$2 parts=$3
shift 3
mkdir -p "$out/logs"
array=$(sbatch --parsable ${SBATCH_OPTIONS:-} --array="1-$parts" --output="$out/logs/part-%a.log" \
  "$here/scan-part.sh" "$data" "$out" "$parts" "$@")
# After any end: a part that failed for good must be named by the merge, not leave it waiting for ever.
merge=$(sbatch --parsable ${SBATCH_OPTIONS:-} --dependency="afterany:$array" --output="$out/logs/merge.log" \
  "$here/merge-parts.sh" "$out")
echo "parts: job $array, merge: job $merge, logs: $out/logs"
