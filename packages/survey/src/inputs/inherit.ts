import type { Header } from '@blemish/fits';
import { isStorageKeyword } from '../outputs/mask-hdu.ts';

const position =
  /^(?:WCSAXES|C(?:TYPE|UNIT|RVAL|RPIX|DELT|ROTA)\d|CD\d_\d|PC\d_\d|P[VS]\d_\d+|LONPOLE|LATPOLE|[AB]P?_.+|EXTNAME|EXTVER)$/;

/** The image's own cards before those of the primary header, which say of the whole exposure what INHERIT or not readers look for there. */
export function withInherited(own: Header, primary: Header | null): Header {
  if (primary === null) return own;
  const header = own.clone();
  for (const card of primary.cards) {
    const { keyword, value } = card;
    if (value === undefined || keyword === '' || isStorageKeyword(keyword) || position.test(keyword))
      continue;
    if (!header.has(keyword)) header.append(card);
  }
  return header;
}
