import type {
  DestinationInput,
  DestinationPartsFragment,
} from '#generated/graphql/client/graphql.ts';
import { type AddressInput, encodePath, type PlaceValues } from './new-place.ts';

/** How an S3 place is read into the form, and what the form sends. */
export const s3Place = {
  read({ url, hasSecret, ...given }: DestinationPartsFragment): Partial<PlaceValues> {
    const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]*)\/?(.*)$/.exec(url) ?? [];
    return {
      bucket,
      prefix: decodeURIComponent(prefix),
      endpoint: given.endpoint ?? '',
      region: given.region ?? '',
      credentials: given.profile ? 'profile' : hasSecret ? 'key' : 'environment',
      accessKeyId: given.accessKeyId ?? '',
      profile: given.profile ?? '',
      pathStyle: given.pathStyle ?? null,
    };
  },

  input(values: PlaceValues): AddressInput {
    const prefix = values.prefix.trim().replace(/^\/+|\/+$/g, '');
    return {
      url: `s3://${encodeURIComponent(values.bucket.trim())}${prefix && `/${encodePath(prefix)}`}`,
      endpoint: values.endpoint.trim(),
      region: values.region.trim(),
      ...(values.pathStyle === null ? {} : { pathStyle: values.pathStyle }),
      ...credentialsInput(values),
    };
  },
};

/** Empty texts take back what was set; a secret that is left out stays. */
function credentialsInput(values: PlaceValues): Omit<DestinationInput, 'url'> {
  const none = { accessKeyId: '', secretAccessKey: '', profile: '' };
  if (values.credentials === 'environment') return none;
  if (values.credentials === 'profile') return { ...none, profile: values.profile.trim() };
  const { secretAccessKey } = values;
  return {
    accessKeyId: values.accessKeyId.trim(),
    profile: '',
    ...(secretAccessKey === '' ? {} : { secretAccessKey }),
  };
}
