import type { S3Client } from '@aws-sdk/client-s3';
import type { PlaceUsage } from './place.ts';

interface Request {
  readonly method: string;
  readonly query?: Record<string, unknown>;
  readonly headers: Record<string, string>;
}

/**
 * Counts what the client asks for from now on, each try of a request, in the classes of Amazon's bills: PUT, POST and
 * LIST; GET and HEAD. DELETE is free.
 */
export function countUsage(client: S3Client): PlaceUsage {
  const usage = { writes: 0, reads: 0, sentBytes: 0, readBytes: 0 };
  client.middlewareStack.add(
    (next) => async (args) => {
      const { method, query = {}, headers } = args.request as Request;
      if (method === 'PUT' || method === 'POST' || 'list-type' in query || 'versions' in query)
        usage.writes++;
      else if (method !== 'DELETE') usage.reads++;
      usage.sentBytes += lengthIn(headers);
      const answered = await next(args);
      const answer = answered.response as { headers?: Record<string, string> };
      if (method === 'GET') usage.readBytes += lengthIn(answer.headers ?? {});
      return answered;
    },
    { step: 'deserialize', name: 'countUsage' },
  );
  return usage;
}

function lengthIn(headers: Readonly<Record<string, string>>): number {
  return Number(headers['content-length'] ?? 0) || 0;
}
