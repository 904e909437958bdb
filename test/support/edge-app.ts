/** A small application with the whole edge of the ledger, sign-up and login, but no log. Its own process, because Jest cannot load the throttler. */
import 'reflect-metadata';
import { Body, Controller, Get, Module, Post, Put } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { CommandHandler, CqrsModule, QueryHandler, type ICommandHandler, type IQueryHandler } from '@nestjs/cqrs';
import { JwtModule } from '@nestjs/jwt';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { TerminusModule } from '@nestjs/terminus';
import { ThrottlerGuard, ThrottlerModule } from '@nestjs/throttler';
import { IsBoolean, IsInt, IsString, MinLength } from 'class-validator';
import { DataSource } from 'typeorm';
import { GetCustomerAccount } from '../../projections/customer-accounts/customer-accounts.query.js';
import { RecordDetailChange, RegisterCustomer } from '../../src/customers/customer.commands.js';
import { CustomersController } from '../../src/customers/customers.controller.js';
import { AccountController } from '../../src/customers/account.controller.js';
import { AuthController } from '../../src/customers/auth.controller.js';
import { DetailChanges } from '../../src/customers/detail-changes.js';
import { DetailChangeStore } from '../../src/customers/identity/detail-change.store.js';
import { IdentityStore } from '../../src/customers/identity/identity.store.js';
import { SessionStore } from '../../src/customers/identity/session.store.js';
import { Sealing } from '../../src/customers/identity/sealing.js';
import { SessionDesk, SessionRules } from '../../src/customers/session.desk.js';
import { SignUp } from '../../src/customers/sign-up.js';
import { createDataSource } from '../../src/platform/database/data-source.js';
import { Public, Roles } from '../../src/platform/http/auth.decorators.js';
import { AuthGuard } from '../../src/platform/http/auth.guard.js';
import { CommandInterceptor } from '../../src/platform/http/command.interceptor.js';
import { BODY_BYTES_MAX, configureHttp } from '../../src/platform/http/configure-http.js';
import { HealthController, READY_CHECKS } from '../../src/platform/http/health.controller.js';
import { AtLeastInterceptor, PositionWaiter } from '../../src/platform/http/ledger-position.js';
import { requestLimits } from '../../src/platform/http/request-limits.js';
import { IdempotencyStore } from '../../src/platform/idempotency/idempotency.store.js';
import { refuse } from '../../src/platform/refusal.js';

/** What the application is started with. */
export interface EdgeOptions {
  readonly databaseUrl: string;
  readonly jwtSecret: string;
  readonly origin: string;
  readonly requestsPerMinute: number;
  /** The read models have seen the log up to here. */
  readonly reachedUpTo: number;
}

class ThingRequest {
  @IsString() @MinLength(10) readonly password!: string;
  @IsInt() readonly size!: number;
}

class World {
  @IsBoolean() readonly logIsAway!: boolean;
  @IsBoolean() readonly isReady!: boolean;
}

let world: World = { logIsAway: false, isReady: true };
const registrations: string[] = [];

@Controller('things')
class ThingsController {
  @Public()
  @Post()
  make(@Body() { size }: ThingRequest): { size: number } {
    return { size };
  }
  @Get('mine')
  mine(): { mine: true } {
    return { mine: true };
  }
  @Roles('operator')
  @Get('all')
  all(): { all: true } {
    return { all: true };
  }
  @Public()
  @Get('refused')
  refused(): never {
    throw refuse('STORE_UNAVAILABLE', 503, 'Try again.');
  }
  @Public()
  @Get('broken')
  broken(): never {
    throw new Error('password of the database is hunter2');
  }
  @Public()
  @Get('registrations')
  registrations(): { ids: readonly string[] } {
    return { ids: registrations };
  }
  @Public()
  @Put('world')
  change(@Body() next: World): World {
    world = next;
    return next;
  }
}

/** Stands where the event store is. */
@CommandHandler(RegisterCustomer)
class RegisterHandler implements ICommandHandler<RegisterCustomer> {
  execute({ data }: RegisterCustomer): Promise<{ position: bigint }> {
    if (world.logIsAway) return Promise.reject(refuse('STORE_UNAVAILABLE', 503));
    registrations.push(data.customerId);
    return Promise.resolve({ position: 1n });
  }
}

@CommandHandler(RecordDetailChange)
class DetailChangeHandler implements ICommandHandler<RecordDetailChange> {
  execute(): Promise<{ position: bigint }> {
    return Promise.resolve({ position: 2n });
  }
}

@QueryHandler(GetCustomerAccount)
class AccountHandler implements IQueryHandler<GetCustomerAccount> {
  execute(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}

const edgeModule = (options: EdgeOptions, database: DataSource) => {
  @Module({
    imports: [
      CqrsModule.forRoot(),
      JwtModule.register({ global: true, secret: options.jwtSecret }),
      ThrottlerModule.forRoot(requestLimits(options.requestsPerMinute)),
      TerminusModule,
    ],
    controllers: [HealthController, ThingsController, CustomersController, AuthController, AccountController],
    providers: [
      RegisterHandler,
      DetailChangeHandler,
      AccountHandler,
      DetailChanges,
      DetailChangeStore,
      SignUp,
      IdentityStore,
      SessionStore,
      SessionDesk,
      { provide: SessionRules, useValue: { secure: true, origins: [options.origin] } },
      { provide: DataSource, useValue: database },
      { provide: Sealing, useValue: new Sealing(Buffer.alloc(32, 5).toString('base64')) },
      {
        provide: READY_CHECKS,
        useValue: [{ name: 'store', check: () => Promise.resolve({ up: world.isReady, detail: 'rebuilding 41 %' }) }],
      },
      { provide: PositionWaiter, useValue: { reached: (position: bigint) => Promise.resolve(position <= BigInt(options.reachedUpTo)) } },
      { provide: APP_GUARD, useClass: ThrottlerGuard },
      { provide: APP_GUARD, useClass: AuthGuard },
      { provide: IdempotencyStore, useValue: new IdempotencyStore(database, options.jwtSecret) },
      { provide: APP_INTERCEPTOR, useClass: AtLeastInterceptor },
      { provide: APP_INTERCEPTOR, useClass: CommandInterceptor },
    ],
  })
  class EdgeModule {}
  return EdgeModule;
};

/** Listens on a free port; believes one hop of X-Forwarded-For, so that tests may come from many addresses. */
export async function startEdge(options: EdgeOptions): Promise<{ url: string; close(): Promise<void> }> {
  const database = await createDataSource({ url: options.databaseUrl, entities: [] });
  const adapter = new FastifyAdapter({ bodyLimit: BODY_BYTES_MAX, trustProxy: (_address: string, hop: number) => hop < 1 });
  const app = await NestFactory.create<NestFastifyApplication>(edgeModule(options, database), adapter, { rawBody: true, logger: false });
  configureHttp(app, { CORS_ORIGINS: [options.origin] });
  await app.listen(0, '127.0.0.1');
  const close = async (): Promise<void> => {
    await app.close();
    await database.destroy();
  };
  return { url: await app.getUrl(), close };
}
