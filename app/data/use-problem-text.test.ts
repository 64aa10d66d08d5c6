import { describe, expect, it } from 'vitest';
import { madeByOtherServer } from '../../lib/engine/archive/refusals.ts';
import { namesIn } from './use-problem-text.ts';

const theirs = '0b2f6a5e-93c4-4f53-9d0a-1f2e3d4c5b6a';
const ours = 'f00dfeed-0000-4000-8000-00000000beef';

describe('namesIn', () => {
  it('finds both servers in the refusal of a foreign archive, theirs first', () => {
    const { message } = madeByOtherServer(theirs, ours);
    expect(namesIn(message)).toEqual({ first: theirs, second: ours, name: '?' });
  });

  it('finds the name in quotes, with quotes and line breaks of its own', () => {
    const { name } = namesIn('This backup is here already: it is “the “big”\none”.');
    expect(name).toBe('the “big”\none');
  });

  it('answers question marks where nothing is named', () => {
    expect(namesIn('Cut short.')).toEqual({ first: '?', second: '?', name: '?' });
  });
});
