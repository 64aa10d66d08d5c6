/** A backup compares one share of each table; so many backups compare all of it. */
export const SHARES = 100;

/** Blocks [from, to) of a file that the backup of this turn compares with the rope. Every block has its turn. */
export function comparedBlocks(blocks: number, turn: number): { from: number; to: number } {
  const share = turn % SHARES;
  return {
    from: Math.floor((blocks * share) / SHARES),
    to: Math.floor((blocks * (share + 1)) / SHARES),
  };
}

/** The same blocks as seen from a part that begins at `firstBlock` and has `partBlocks`. */
export function withinPart(
  { from, to }: { readonly from: number; readonly to: number },
  firstBlock: number,
  partBlocks: number,
): { from: number; to: number } {
  const clamp = (block: number) => Math.min(partBlocks, Math.max(0, block - firstBlock));
  return { from: clamp(from), to: clamp(to) };
}
