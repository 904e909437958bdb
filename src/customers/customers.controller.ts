/** Sign-up, login, and who I am. */
import { Body, Controller, Get, HttpCode, Post, Put, UnauthorizedException } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { IsEmail, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { GetCustomerAccount } from '../../projections/customer-accounts/customer-accounts.query.js';
import { CurrentUser, Public, type User } from '../platform/http/auth.decorators.js';
import { ReadsFrom } from '../platform/http/ledger-position.js';
import { Identity, RequestKey, type RequestIdentity } from '../platform/http/request-key.js';
import { Sensitive } from '../platform/http/request-limits.js';
import { newId } from '../platform/ids.js';
import { refuse } from '../platform/refusal.js';
import { DetailChanges } from './detail-changes.js';
import { IdentityStore, type PersonRole } from './identity/identity.store.js';
import { panelUsernameOf } from './panel-account.runner.js';
import { Http, Session, SessionDesk, type HttpExchange } from './session.desk.js';
import { SignUp } from './sign-up.js';

export const EMAIL_MAX = 191;
export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;

export class Credentials {
  @ApiProperty({ example: 'someone@example.com' }) @IsEmail() @MaxLength(EMAIL_MAX) readonly email!: string;
  @ApiProperty({ minLength: PASSWORD_MIN }) @IsString() @MinLength(PASSWORD_MIN) @MaxLength(PASSWORD_MAX) readonly password!: string;
}

const NAME_MAX = 100;

export class SignUpRequest extends Credentials {
  @ApiProperty({ example: 'Some One' }) @IsString() @MinLength(1) @MaxLength(NAME_MAX) readonly name!: string;
}

class NewName {
  @ApiProperty({ example: 'Some One' }) @IsString() @Matches(/\S/) @MaxLength(NAME_MAX) readonly name!: string;
}
class Named extends NewName {
  @ApiProperty() readonly customerId!: string;
}

class PanelAccountView {
  @ApiProperty({ enum: ['pending', 'linked', 'conflict'] }) readonly status!: string;
  @ApiProperty({ type: Number, nullable: true }) readonly panelUserId!: number | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The name to log in with on the panel; null until it is linked.',
  })
  readonly username!: string | null;
}

class Me {
  @ApiProperty() readonly customerId!: string;
  @ApiProperty() readonly email!: string;
  @ApiProperty() readonly name!: string;
  @ApiProperty({ enum: ['customer', 'operator'] }) readonly role!: PersonRole;
  @ApiProperty({ type: PanelAccountView }) readonly panelAccount!: PanelAccountView;
}

@ApiTags('customers')
@Controller('api/v1')
export class CustomersController {
  constructor(
    private readonly signUps: SignUp,
    private readonly people: IdentityStore,
    private readonly details: DetailChanges,
    private readonly sessions: SessionDesk,
    private readonly queries: QueryBus,
  ) {}

  @Public()
  @Sensitive()
  @RequestKey({ claimedBy: 'email' })
  @Post('customers')
  @ApiOperation({ summary: 'Signs up and logs in', description: 'The panel account is linked in the background; GET /me tells.' })
  @ApiCreatedResponse({ type: Session })
  @ApiResponse({ status: 409, description: 'EMAIL_TAKEN' })
  async signUp(@Body() body: SignUpRequest, @Identity() { requestId }: RequestIdentity, @Http() http: HttpExchange): Promise<Session> {
    const personId = await this.signUps.signUp({ ...body, role: 'customer' }, requestId);
    return this.sessions.open({ personId, role: 'customer' }, http);
  }

  @Public()
  @Sensitive()
  @RequestKey({ claimedBy: 'email' })
  @Post('sessions')
  @HttpCode(200)
  @ApiOperation({ summary: 'Logs in', description: 'The body has the access token, a cookie what /auth/refresh needs.' })
  @ApiOkResponse({ type: Session })
  @ApiResponse({ status: 401, description: 'LOGIN_FAILED' })
  async logIn(@Body() { email, password }: Credentials, @Http() http: HttpExchange): Promise<Session> {
    const person = await this.people.verifyPassword(email, password);
    if (!person) throw new UnauthorizedException({ code: 'LOGIN_FAILED', detail: 'E-mail or password is wrong.' });
    if (!person.registered && person.role === 'customer') await this.signUps.register(person.personId);
    return this.sessions.open({ personId: person.personId, role: person.role }, http);
  }

  @Get('me')
  @ReadsFrom('customer-accounts')
  @ApiBearerAuth()
  @ApiOperation({ summary: 'Who I am and whether my panel account is linked' })
  @ApiOkResponse({ type: Me })
  async me(@CurrentUser() user: User): Promise<Me> {
    const person = await this.people.personOf(user.id);
    if (!person) throw refuse('NOT_FOUND', 404);
    const account = await this.queries.execute(new GetCustomerAccount(user.id));
    const { email, name, role } = person;
    return {
      customerId: user.id,
      email,
      name,
      role,
      panelAccount: {
        status: account?.status ?? 'pending',
        panelUserId: account?.panelUserId ?? null,
        username: person.panelUsername ?? usernameOf(user.id, account?.how),
      },
    };
  }
  @Put('me/name')
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'What I want to be called',
    description: 'In mails and on these pages; the panel account follows in the background.',
  })
  @ApiOkResponse({ type: Named })
  async rename(@CurrentUser() user: User, @Body() { name }: NewName): Promise<Named> {
    await this.details.rename(user.id, newId(), name.trim());
    return { customerId: user.id, name: name.trim() };
  }
}

/** Links from before names were kept: of an account that we have made the name is known all the same. */
const usernameOf = (customerId: string, how: string | null | undefined): string | null =>
  how === 'created' ? panelUsernameOf(customerId) : null;
