import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, restOf } from '../uri.ts';

export interface BucketSource {
  readonly bucket: string;
  /** Prefix of the objects; empty for all. */
  readonly prefix: string;
}

const bucketName = /^[a-z0-9A-Z][a-zA-Z0-9._-]{1,221}$/;

/** `s3://bucket/prefix`: the objects of a bucket under a prefix. */
export const s3Attachment: SchemeAttachment<BucketSource> = defineDownload({
  schemes: ['s3'],
  parse: (uri) => parseBucket(uri),
});

/** `gs://bucket/prefix`: the same in Google Cloud Storage. */
export const googleAttachment: SchemeAttachment<BucketSource> = defineDownload({
  schemes: ['gs'],
  parse: (uri) => parseBucket(uri),
});

function parseBucket(uri: string): BucketSource {
  const [bucket = '', ...parts] = restOf(uri).split('/');
  if (!bucketName.test(bucket) || parts.includes('..')) {
    throw invalidUri(uri, `expected ${uri.split(':')[0]}://bucket or ${uri.split(':')[0]}://bucket/prefix`);
  }
  return { bucket, prefix: parts.join('/') };
}
