import { describe, expect, test } from 'vitest';
import { describeBrowser } from './describe-browser.ts';

const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

describe('describeBrowser', () => {
  test.each([
    [chrome, 'Chrome · Linux'],
    [`${chrome} Edg/156.0`, 'Edge · Linux'],
    ['Mozilla/5.0 (Windows NT 10.0; rv:145.0) Gecko/20100101 Firefox/145.0', 'Firefox · Windows'],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1',
      'Safari · iOS',
    ],
    ['curl/8.5.0', null],
    ['', null],
  ])('reads %j as %s', (userAgent, words) => {
    expect(describeBrowser(userAgent)).toBe(words);
  });
});
