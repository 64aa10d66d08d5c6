/** Classes of S3 that cost less to store in and more to read from ("Using Amazon S3 storage classes"). */
export const storageClasses = [
  'STANDARD_IA',
  'ONEZONE_IA',
  'GLACIER_IR',
  'GLACIER',
  'DEEP_ARCHIVE',
] as const;

export type StorageClass = (typeof storageClasses)[number];

/** What lies in these is frozen: it is read only after it was thawed, which takes hours. */
export const frozenClasses: readonly StorageClass[] = ['GLACIER', 'DEEP_ARCHIVE'];

/** Null where the text names no class of ours: the object lies as the bucket has it. */
export function asStorageClass(text: string | null | undefined): StorageClass | null {
  return storageClasses.find((one) => one === text) ?? null;
}

export function isFrozenClass(text: string | null | undefined): boolean {
  return frozenClasses.some((one) => one === text);
}
