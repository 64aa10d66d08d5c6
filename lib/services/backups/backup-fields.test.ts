import { describe, expect, test } from 'vitest';
import { FiberkeepError } from '#errors';
import { readBackupText } from './backup-fields.ts';

function refusedFields(name: string, comment: string): string[] {
  try {
    readBackupText({ name, comment });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof FiberkeepError) || thrown.code !== 'VALIDATION_FAILED') throw thrown;
    return thrown.fields.map(({ path, reason, params }) =>
      [path, reason, ...Object.values(params ?? {})].join(' '),
    );
  }
}

describe('a name and a comment', () => {
  const kept: [string, string, string][] = [
    ['one letter', 'a', ''],
    ['200 characters', 'n'.repeat(200), 'c'.repeat(5_000)],
    ['200 emoji, which are 400 code units', '🚧'.repeat(200), '🚧'.repeat(5_000)],
    ['a family joined into one sign', '👩‍👩‍👧', ''],
    ['HTML', '<img src=x onerror=alert(1)>', '<script>alert(1)</script>'],
    ['SQL and templates', `'; DROP TABLE backup; --`, '{{7*7}} #{7*7} %s %n'],
    ['right-to-left and mixed scripts', 'قبل الترقية', 'Перед обновлением — 更新前'],
    ['quotes and slashes, which are no path', '../../etc/passwd "x" \\', ''],
    ['lines and tabs in a comment', 'ok', 'first\nsecond\r\n\tthird'],
    ['a name that looks like a number', '0', ''],
  ];
  test.each(kept)('are kept as they are: %s', (_, name, comment) => {
    expect(readBackupText({ name, comment })).toEqual({ name, comment });
  });

  test('are trimmed', () => {
    expect(readBackupText({ name: ' \t a b \n', comment: '\n c ' })).toEqual({
      name: 'a b',
      comment: 'c',
    });
  });

  const refused: [string, string, string, string[]][] = [
    ['nothing', '', '', ['name required']],
    ['only blanks', ' \t\n ', '', ['name required']],
    ['nothing that can be seen', '\u200b\u2060\u3164\u2800', '', ['name required']],
    ['201 characters', 'n'.repeat(201), '', ['name tooLong 200']],
    ['201 emoji', '🚧'.repeat(201), '', ['name tooLong 200']],
    ['100,000 characters', 'n'.repeat(100_000), '', ['name tooLong 200']],
    ['5,001 in the comment', 'a', 'c'.repeat(5_001), ['comment tooLong 5000']],
    ['100,000 in the comment', 'a', 'c'.repeat(100_000), ['comment tooLong 5000']],
    ['NUL', 'a\0b', '', ['name controlCharacters']],
    ['a line break in the name', 'a\nb', '', ['name controlCharacters']],
    ['a line separator', 'a\u2028b', '', ['name controlCharacters']],
    ['an escape sequence', '\u001b[31mred', '', ['name controlCharacters']],
    ['C1 controls', 'a\u0085b', '', ['name controlCharacters']],
    ['half a surrogate pair', 'a\ud83d', '', ['name controlCharacters']],
    ['a bell in the comment', 'a', 'ring\u0007', ['comment controlCharacters']],
    ['half a pair in the comment', 'a', '\udea7', ['comment controlCharacters']],
    ['everything at once', '', '\0', ['name required', 'comment controlCharacters']],
  ];
  test.each(refused)('are refused, field by field: %s', (_, name, comment, messages) => {
    expect(refusedFields(name, comment)).toEqual(messages);
  });
});
