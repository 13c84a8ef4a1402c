import { defineDownload, type SchemeAttachment } from '../definition.ts';
import { invalidUri, restOf } from '../uri.ts';

export interface HadoopSource {
  /** From the root of the file system; name node and user come from a Secret. */
  readonly path: string;
}

/** `hdfs://path` and `webhdfs://path`: a folder of a Hadoop file system. */
export const hadoopAttachment: SchemeAttachment<HadoopSource> = defineDownload({
  schemes: ['hdfs', 'webhdfs'],
  parse: (uri) => {
    const path = restOf(uri);
    if (path === '' || path === '/' || path.split('/').includes('..')) {
      throw invalidUri(uri, 'expected hdfs://path/to/model; the name node comes from a Secret');
    }
    return { path };
  },
});
