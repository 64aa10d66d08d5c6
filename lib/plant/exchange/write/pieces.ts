const PIECE_CHARACTERS = 64 * 1024;

/** The texts in UTF-8, many in one piece. */
export async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<Buffer, void> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(piece);
    piece = '';
  }
  if (piece !== '') yield Buffer.from(piece);
}
