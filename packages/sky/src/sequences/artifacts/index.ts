import type { SequenceArtifact, SequenceTag } from '../artifact.ts';
import { sequenceArtifact } from '../artifact.ts';
import { brightStar } from './bright-star.ts';
import { column } from './column.ts';
import { cosmic } from './cosmic.ts';
import { defocusing } from './defocusing.ts';
import { ghost } from './ghost.ts';
import { spike } from './spike.ts';
import { track } from './track.ts';

/** What puts light into a frame; `frame_edge` takes pixels away instead (frame-edge.ts). */
export const sequenceArtifacts: Readonly<
  Record<Exclude<SequenceTag, 'frame_edge'>, SequenceArtifact<unknown>>
> = {
  bright_star: sequenceArtifact(brightStar),
  ghost: sequenceArtifact(ghost),
  defocusing: sequenceArtifact(defocusing),
  column: sequenceArtifact(column),
  spike: sequenceArtifact(spike),
  track: sequenceArtifact(track),
  cosmic: sequenceArtifact(cosmic),
};
