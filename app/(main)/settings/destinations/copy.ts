import type { DestinationCopiesQuery } from '#generated/graphql/client/graphql.ts';

/** A backup in a destination. */
export type Copy = DestinationCopiesQuery['destinations'][number]['copies'][number];
