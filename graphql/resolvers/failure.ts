import { errorText } from '#errors';
import type { Resolvers } from '#generated/graphql/resolvers.ts';

export const failureResolvers: Resolvers = {
  Failure: {
    message: (failure, _args, { locale, timeZone }) => errorText(failure, locale, timeZone).message,
    hint: (failure, _args, { locale, timeZone }) => errorText(failure, locale, timeZone).hint,
  },
};
