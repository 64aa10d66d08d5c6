import type {
  BringBackPreviewQuery,
  ChangePartsFragment,
  CompareQuery,
} from '#generated/graphql/client/graphql.ts';

export type Compare = NonNullable<CompareQuery['compare']>;
export type Change = ChangePartsFragment;
export type BringBackPreview = BringBackPreviewQuery['bringBackPreview'];
