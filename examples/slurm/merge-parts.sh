#!/bin/bash
#SBATCH --job-name=blemish-merge
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --time=2:00:00
#
# Joins the parts of a scan: merge-parts.sh OUT. See submit.sh. Fails, naming them, where parts are missing or not through.
set -uo pipefail
${BLEMISH:-blemish} merge "$1"/parts/* --out "$1/scan"
code=$?
# 1: some input files failed; the report names them.
[ $code -le 1 ] && exit 0
exit $code
