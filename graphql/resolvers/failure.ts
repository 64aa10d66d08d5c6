import type { Resolvers } from '../../generated/graphql/resolvers.ts';
import { errorText, type Failure } from '../../lib/errors/index.ts';

export const failureResolvers: Resolvers = {
  Failure: {
    message: (failure, _args, { locale }) => errorText(failure, locale).message,
    hint: (failure, _args, { locale }) => errorText(failure, locale).hint,
  },
};

// LEGACY until rows keep failures.
export function failureOfCode(code: string | null): Failure | null {
  return code === null ? null : { code, reason: null, params: {}, hint: null };
}
