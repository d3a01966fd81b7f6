/** What annotators said about items: `votes[item][annotator]` is a class 0 … K − 1, null where the annotator did not see it. */
export type Votes = readonly (readonly (number | null)[])[];

/**
 * @returns the number of annotators
 * @throws RangeError on no items, rows of unequal length, a vote that is no class, an item without a vote.
 */
export function checkVotes(votes: Votes, classes: number): number {
  if (!Number.isInteger(classes) || classes < 2)
    throw new RangeError(`classes is ${classes}: give at least 2`);
  if (votes.length === 0) throw new RangeError('0 items: give at least one with a vote');
  const annotators = votes[0].length;
  votes.forEach((row, i) => {
    if (row.length !== annotators) {
      throw new RangeError(
        `item ${i} has ${row.length} annotators, item 0 ${annotators}: write null where one has not voted`,
      );
    }
    let voted = false;
    row.forEach((vote, a) => {
      if (vote === null) return;
      if (!Number.isInteger(vote) || vote < 0 || vote >= classes) {
        throw new RangeError(
          `vote of annotator ${a} on item ${i} is ${vote}: classes are 0 … ${classes - 1}, null for none`,
        );
      }
      voted = true;
    });
    if (!voted) throw new RangeError(`item ${i} has no vote: leave it out`);
  });
  return annotators;
}
