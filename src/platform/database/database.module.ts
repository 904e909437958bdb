/** Gives every module the one DataSource, and closes it last. */
import { Global, Injectable, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { createDataSource, type DatabaseOptions } from './data-source.js';

@Injectable()
class ClosesDatabase implements OnApplicationShutdown {
  constructor(private readonly database: DataSource) {}

  async onApplicationShutdown(): Promise<void> {
    if (this.database.isInitialized) await this.database.destroy();
  }
}

export interface DatabaseModuleOptions {
  readonly inject?: readonly (abstract new (...args: never[]) => unknown)[];
  readonly useFactory: (...injected: never[]) => DatabaseOptions;
}

@Global()
@Module({})
export class DatabaseModule {
  /** The start waits for the connection and the migrations; it fails with their error. */
  static forRootAsync({ inject = [], useFactory }: DatabaseModuleOptions): DynamicModule {
    const database = {
      provide: DataSource,
      inject: [...inject] as never[],
      useFactory: (...injected: never[]) => createDataSource(useFactory(...injected)),
    };
    return { module: DatabaseModule, providers: [database, ClosesDatabase], exports: [DataSource] };
  }
}
